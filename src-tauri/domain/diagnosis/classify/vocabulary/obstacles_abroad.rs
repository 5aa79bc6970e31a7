//! What stands between a good credential and its use, in German, French, Spanish, Portuguese, Italian, Dutch, Swedish,
//! Polish, Turkish, Indonesian, Japanese, Chinese, Korean and Russian [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    // An interface that the app was not given.
    (Term::Scope, "接口未授权, 接口权限, 接口無權限"),
    (Term::NotHeld, "接口未授权, 接口無權限"),
    (
        Term::AccountOver,
        "konto vorubergehend, konto wurde vorubergehend, konto eingeschrankt, konto ist eingeschrankt, konto stillgelegt, konto gekundigt, zugang gesperrt, zugang ist gesperrt, \
         compte bloque, compte a ete bloque, compte restreint, compte ferme, compte verrouille, acces suspendu, \
         cuenta esta suspendida, cuenta esta bloqueada, cuenta restringida, cuenta inactiva, cuenta cancelada, usuario bloqueado, usuario inactivo, usuario suspendido, usuario dado de baja, \
         conta esta bloqueada, conta esta suspensa, conta inativa, conta cancelada, conta restrita, usuario desativado, usuario inativo, \
         account bloccato, account e bloccato, account limitato, utente bloccato, utente disabilitato, utente sospeso, \
         account opgeschort, account is opgeschort, account beperkt, account gesloten, gebruiker geblokkeerd, \
         akun diblokir, akun ditangguhkan, akun dinonaktifkan, pengguna diblokir, akun anda, \
         アカウントは凍結, アカウントが停止, アカウントは利用停止, アカウント停止, 退会済み, アカウントは制限, アカウントが制限, \
         账号异常, 账号存在异常, 账户异常, 帐号异常, 账号冻结, 账户冻结, 账号封禁, 账号停用, 账号受限, 限制登录, 账号风险, 用户已冻结, 用户已禁用, 用户已注销, 用户未激活, 账号未激活, 企业已停用, 商户已停用, \
         帳號已停用, 帳號停權, 제한된 계정, 이용 제한, 이용이 제한, 차단된 계정, 잠긴 계정, 휴면 계정, 비활성화된 계정, \
         учетная запись приостановлена, учётная запись заблокирована, учётная запись отключена, аккаунт удален, аккаунт приостановлен, аккаунт ограничен, пользователь удален, пользователь удалён, доступ приостановлен",
    ),
    (
        Term::Mfa,
        "starke kundenauthentifizierung, authentification forte, autenticacion reforzada, autenticacao forte, autenticazione forte, sterke authenticatie, \
         sicherheitsabfrage, bestatigungscode, code de verification, codigo de verificacion, codigo de verificacao, codice di verifica, verificatiecode, kode verifikasi, \
         verificacion en dos pasos, verificacao em duas etapas, verifica in due passaggi, verification en deux etapes, \
         本人確認, 認証コードの入力, 身份验证码, 短信验证, 安全验证, 人机验证, 滑块验证, 본인 인증, 본인인증, 추가 본인, подтверждение личности, подтвердите личность, подтвердить вход, код подтверждения",
    ),
    (
        Term::Interaction,
        "erneute anmeldung, erneuten anmeldung, neu anmelden, neu einloggen, nutzungsbedingungen, agb, reauthentif*, nouvelle connexion, conditions d utilisation, conditions generales, accepter les, \
         reautentic*, nueva autenticacion, volver a iniciar, vuelva a iniciar, aceptar los terminos, terminos y condiciones, terminos de uso, condiciones de uso, \
         novo login, fazer login novamente, aceitar os termos, termos de uso, termos e condicoes, nuova autenticazione, condizioni d uso, termini e condizioni, termini di servizio, \
         opnieuw aanmelden, opnieuw inloggen, gebruiksvoorwaarden, algemene voorwaarden, login ulang, masuk kembali, syarat dan ketentuan, \
         利用規約, 規約への同意, メールアドレスを確認, 服务条款, 用户协议, 服务协议, 实名认证, 未实名, 绑定手机, 完善资料, 이용약관, 약관 동의, 약관에 동의, 이메일 인증, 휴대폰 인증, \
         условия использования, принять условия, примите условия, пользовательское соглашение, подтвердите, подтверждение почты, повторная авторизация, повторно авториз*, авторизуйтесь",
    ),
    (
        Term::Lapsed,
        "anmeldevorgang erneut, anmeldung abgelaufen, anmeldung ist abgelaufen, sitzung ist abgelaufen, sitzung abgelaufen, zeituberschreitung bei der anmeldung, session a expire, session expiree, delai de connexion, \
         la sesion ha expirado, sesion expirada, sesion caducada, sesion ha caducado, tiempo de inicio de sesion, sessao expirada, sessao expirou, tempo de login, sessione scaduta, sessione e scaduta, \
         sessie is verlopen, sessie verlopen, セッションの有効期限, セッションが切れ, セッションがタイムアウト, ログインの有効期限, 会话已过期, 会话过期, 登录超时, 세션이 만료, 로그인 시간, сессия истекла, сеанс истек, время сеанса, anmeldelink*, link ist abgelaufen, lien a expire, lien expire, enlace ha caducado, enlace ha expirado, link expirou, link scaduto, link is verlopen, 链接已过期, リンクの有効期限",
    ),
    (
        Term::Upgrade,
        "ihr tarif, ihrem tarif, ihr paket, keine lizenz, lizenz fehlt, lizenz abgelaufen, keine gultige lizenz, keine aktive lizenz, kein aktives abo*, testzeitraum, probezeit abgelaufen, \
         votre abonnement, votre forfait, votre offre, aucune licence, licence manquante, licence active, abonnement requis, periode d essai, \
         su plan, tu plan, su suscripcion, tu suscripcion, sin licencia, licencia vencida, ninguna licencia, periodo de prueba, \
         seu plano, sua assinatura, plano atual, sem licenca, licenca expirada, nenhuma licenca, periodo de teste, inadimplen*, \
         il tuo piano, il suo piano, piano attuale, nessuna licenza, licenza scaduta, periodo di prova, uw abonnement, geen licentie, geen actieve licentie, licentie verlopen, proefperiode, \
         ingen aktiv licens, ingen licens, saknar licens, licens saknas, ingen giltig licens, brak licencji, abonament*, paket anda, \
         ご契約, プランでは, 契約プラン, ライセンスがあり, ライセンスが必要, 有料プラン, 当前套餐, 套餐不支持, 许可证, 未购买, 未订购, 未付费, 欠费, 余额不足, 已到期请续费, 服务到期, 版本不支持, \
         요금제, 라이선스가, 유료 플랜, 구독이 필요, 결제가 필요, 잔액, ваш тариф, вашем тарифе, нет лицензии, лицензия истекла, лицензии нет, не оплачен*, недостаточно средств, \
         aktuelle paket, aktuelles paket, aktuellen paket, dein paket, aktuelle tarif, aktueller tarif, aktuellen tarif, deinem tarif, hoheren tarif, forfait actuel, forfait superieur, abonnement actuel, plan actual, il tuo abbonamento, huidige abonnement, je abonnement, obecny plan, twoj plan, вашего тарифа, текущий тариф, 升级套餐, 当前版本不支持, 現在のプラン, ご利用のプラン, ご契約のプラン, 현재 요금제, 요금제에서",
    ),
    (
        Term::Policy,
        "drittanbieter apps, applications tierces, aplicaciones de terceros, aplicativos de terceiros, app di terze parti, apps van derden, api 权限已关闭, 组织管理员, 企业管理员, 管理员已",
    ),
    (
        Term::OwnRole,
        "benutzer fehlt, benutzer hat keine, benutzer verfugt nicht, ihnen fehlt, ihnen fehlen, sie haben keine, sie verfugen nicht, sie benotigen, vous n avez pas, vous navez pas, vous ne disposez pas, l utilisateur n a pas, lutilisateur na pas, droits insuffisants, droits necessaires, el usuario no tiene, usted no tiene, usuario sin permiso*, no cuenta con permiso*, no dispone de permiso*, usuario sem permissao, usuario nao tem, usuario nao possui, voce nao tem, voce nao possui, sem permissao para, l utente non ha, lutente non ha, non hai i permessi, non disponi, utente non abilitato, utente non autorizzato, de gebruiker heeft geen, u hebt geen, u heeft geen, je hebt geen, du saknar, anvandaren saknar, uzytkownik nie ma, kullanicinin yetkisi, pengguna tidak memiliki, anda tidak memiliki, このユーザーには, ユーザーに権限, 用户没有权限, 您没有权限, 用户没有操作权限, 用户无权, 您无权, 当前用户没有权限, 您没有权限, 用户没有操作权限, 用户无权, 사용자 권한, 사용자에게 권한, 권한이 없는 사용자, у вас недостаточно, у вас нет прав, у пользователя нет, у пользователя недостаточно, недостаточно прав, нет прав",
    ),
    (
        Term::ApiUse,
        "api zugriff, api zugang, zugriff auf die api, acces a l api, acceder a l api, acceso a la api, acceso al api, acceso api, acesso a api, acessar a api, accesso all api, accesso alle api, toegang tot de api, akses api, \
         доступа к api, доступ к api, api へのアクセス, api を利用, api をご利用, 调用该接口, 使用该接口, 该接口, 此接口, api 사용, api 이용",
    ),
    (
        Term::Deed,
        "diese aktion, diesen vorgang, diese operation, cette action, cette operation, esta accion, esta operacion, esta acao, esta operacao, questa azione, questa operazione, deze actie, deze bewerking, \
         この操作, この処理, 该操作, 此操作, 该资源, 이 작업, 해당 작업, это действие, эту операцию, данное действие",
    ),
    // A token that does not open this.
    (
        Term::Share,
        "erlaubt keinen zugriff auf, berechtigt nicht zum zugriff auf, ne permet pas d acceder, ne permet pas l acces, \
         no permite acceder, no permite el acceso, nao permite acessar, nao permite o acesso, non permette di accedere, \
         non consente di accedere, non consente l accesso, geeft geen toegang tot, не дает доступ*, не позволяет получить доступ*",
    ),
    (
        Term::Ip,
        "aus diesem netzwerk, aus ihrem netzwerk, aus ihrem land, in ihrem land, in ihrer region, depuis votre pays, dans votre pays, dans votre region, depuis ce reseau, desde su pais, en su pais, en su region, desde esta red, \
         no seu pais, na sua regiao, do seu pais, nel tuo paese, nella tua regione, in uw land, in uw regio, di negara anda, \
         お住まいの国, お住まいの地域, この国では, この地域では, 国外からの, 海外からの, 所在地区, 所在国家, 当前地区, 该地区, 境外 ip, 非法 ip, ip 不在, ip 受限, ip 限制, ip 未, ip 非法, ip 错误, \
         国からのアクセス, 해외 ip, 해외에서, 접속 지역, 지역에서는, 국가에서는, 허용되지 않은 ip, 등록되지 않은 ip, ip 가 허용, ip 주소, в вашей стране, в вашем регионе, из вашей страны, с вашего ip, с этого ip",
    ),
    (
        Term::EnableApi,
        "dienst nicht aktiviert, dienst ist nicht aktiviert, api nicht aktiviert, api ist nicht aktiviert, api nicht freigeschaltet, api non activee, api n est pas activee, service non active, service non souscrit, \
         api no habilitada, api no esta habilitada, servicio no habilitado, servicio no contratado, api nao habilitada, api nao esta habilitada, servico nao habilitado, servico nao contratado, \
         api non abilitata, servizio non attivo, servizio non attivato, api niet ingeschakeld, dienst niet geactiveerd, \
         api が有効, api は有効, サービスが有効, 未开通服务, 服务未开通, 接口未开通, 未开通此接口, 未开通该接口, 没有该接口权限, 无接口权限, 接口权限, 未申请该接口, 应用未开通, 服务被禁用, 服务已禁用, 服务未启用, 产品未开通, 未订阅, \
         서비스가 활성화, 서비스가 신청, api 신청, 신청하지 않은 api, 신청되지 않은, 활용신청, 미신청, 사용 신청, api не активир*, api не включ*, сервис не подключ*, услуга не подключ*, не подключен*",
    ),
    (
        Term::Approval,
        "in prufung, wird gepruft, noch nicht freigegeben, nicht freigegeben, noch nicht veroffentlicht, nicht zertifiziert, pas encore ete valid*, pas ete validee, en cours de validation, en attente de validation, en attente d approbation, \
         en revision, pendiente de aprobacion, pendiente de revision, aun no publicad*, em analise, em revisao, aguardando aprovacao, pendente de aprovacao, nao homologad*, nao foi homologad*, homologad*, \
         in revisione, in attesa di approvazione, in beoordeling, wacht op goedkeuring, nog niet goedgekeurd, menunggu persetujuan, belum disetujui, onay bekliyor, oczekuje na zatwierdzenie, \
         審査中, 承認待ち, 未公開, 公開前, 尚未上线, 未审批, 待审核, 审核未通过, 未过审, 未认证应用, 승인 대기, 승인되지 않은 앱, 미승인, 검수되지, 심사 중, на модерации, на рассмотрении, на проверке, не прошло модерац*, модерац*, незавершен*, приложение не активирован*",
    ),
    (
        Term::Certificate,
        "zertifikat*, clientzertifikat*, certificado*, certificato*, certificati, certificaat*, certyfikat*, sertifika*, sertifikat*, 証明書, 证书, 證書, 憑證, 인증서, сертификат*, certificat, certificats, certificatul, le certificat, du certificat",
    ),
    (
        Term::Nonce,
        "doppelte anfrage*, wiederholte anfrage*, requete en double, requete dupliquee, requete deja traitee, solicitud duplicada, peticion duplicada, requisicao duplicada, solicitacao duplicada, richiesta duplicata, \
         dubbel verzoek, dubbele aanvraag, リクエストが重複, 重複したリクエスト, 二重送信, 重复请求, 请求重复, 重复提交, 重复的请求, 중복 요청, 중복된 요청, повторный запрос, дублирующ*, запрос уже",
    ),
    (
        Term::Clock,
        "zeitstempel abgelaufen, zeit weicht, uhr geht, horodatage invalide, horloge decalee, heure du serveur, heure de la requete, hora del servidor, sello de tiempo, marca temporal, carimbo de data*, carimbo de tempo, hora do servidor, \
         orario del server, marca temporale, tijdstempel*, waktu server, タイムスタンプ, 時刻がずれ, 时间戳, 時間戳, 请求超时过期, 请求已过期, 时间不一致, 请求时间, 타임스탬프, 요청 시간, 서버 시간, временная метка, метка времени, время запроса, время сервера",
    ),
    (
        Term::RequestSignature,
        "signature invalide, signature incorrecte, signature non valide, ungultige signatur, signatur ungultig, signatur ist ungultig, falsche signatur, signatur stimmt, \
         firma no valida, firma invalida, firma incorrecta, firma no coincide, firma no es valida, la firma, assinatura invalida, assinatura incorreta, assinatura nao confere, assinatura nao corresponde, assinatura da requisicao, \
         firma non valida, firma errata, ongeldige handtekening, handtekening ongeldig, tanda tangan tidak, nieprawidlowy podpis, gecersiz imza, imza*, \
         署名, 签名, 簽名, 验签, 签名错误, 签名校验, 서명, 시그니처, подпись, подписи",
    ),
    (
        Term::Rate,
        "tageslimit*, stundenlimit*, monatslimit*, limit erreicht, limit uberschritten, anzahl der anfragen, nombre maximal, nombre d appels, limite atteinte, limite depassee, limite journali*, plafond*, trop d appels, trop de demandes, \
         limite diari*, limite mensua*, limite mensal, limite de uso, limite alcanzad*, limite atingid*, limite excedid*, limite superad*, numero maximo de, excedido el numero, excedeu o numero, numero de consultas, \
         numero di richieste, limite giornalier*, limite raggiunt*, daglimiet, limiet bereikt, aantal verzoeken, terlalu banyak permintaan, batas permintaan, kuota, \
         回数を超え, 回数上限, 上限に達, 利用回数, リクエスト上限, リクエスト回数, 1 日の, 分間に, 毎分, 毎秒, 超限, 超出配额, 超过配额, 配额, 额度已用, 已达上限, 达到上限, 次数已用完, 次数已达, 次数用完, 每分钟, 每秒, 每日上限, 每天, 请稍候再试, 頻率, 频率超, 并发超, 调用频率, \
         횟수를 초과, 횟수 초과, 호출 횟수, 호출 제한, 일일 한도, 분당, 초당, 시간당, 1 분에, 1분에, 요청 횟수, 트래픽, 초과하였, 초과했, 초과되었, количество запросов, число запросов, запросов в секунду, запросов в минуту, дневной лимит, суточный лимит, исчерпан*, баллов",
    ),
    (
        Term::OtherAccount,
        "anderen mandanten, anderen konto, anderes konto, anderer mandant, falscher mandant, falsches konto, falsche region, autre compte, autre locataire, autre organisation, mauvais compte, mauvaise region, \
         otra cuenta, otro inquilino, otra organizacion, otra empresa, cuenta incorrecta, outra conta, outra empresa, outro inquilino, conta errada, altro account, altro tenant, account errato, ander account, andere tenant, verkeerd account, \
         別のアカウント, 別のテナント, 別の組織, 他のアカウント, 其他租户, 其他账号, 其他企业, 另一个账号, 另一个租户, 不属于该企业, 不属于该租户, 不属于当前, 다른 계정, 다른 조직, другого аккаунта, другой аккаунт, другого арендатора, другой организации",
    ),
    (
        Term::Password,
        "kata sandi, username atau password, usuario o contrasena, identifiant ou mot de passe, benutzername oder passwort, utente o password, gebruikersnaam of wachtwoord, 用户名或密码, 账号或密码, 帳號或密碼, 비밀번호, 아이디 또는, логин или пароль, haslo, sifre*",
    ),
    (
        Term::Invalid,
        "salah, tidak valid, tidak sah, tidak benar, incorrectos, incorrecta, incorretos, errada, errati, errato, sbagliat*, verkeerd*, 틀렸, 틀립니다, 올바르지",
    ),
    (
        Term::Expired,
        "kadaluarsa, kedaluwarsa, telah berakhir, sudah habis, scadute, wygas*, suresi doldu, 만료, 失效, 已到期, 到期, n est plus valide, nest plus valide, plus valable, ya no es valid*, nao e mais valid*, non e piu valid*, niet langer geldig, niet meer geldig",
    ),
    (Term::NotFound, "tidak ditemukan, tidak ada, tidak terdaftar"),
    (
        Term::NotAllowed,
        "tidak diizinkan, dilarang, tidak berhak, nao permite, no permite, ne permet pas, non permette, staat niet toe, не разрешен*, не допускается",
    ),
    (
        Term::NotAccessible,
        "akses ditolak, tidak memiliki akses, 无访问权限, 暂无权限, 没有操作权限, 无操作权限, 접근 권한, 접근이 제한",
    ),
    (Term::Missing, "diperlukan, wajib diisi, tidak boleh kosong, harus diisi"),
    (Term::User, "利用者, 会員, 이용자, 회원"),
    (
        Term::NotActive,
        "no esta activ*, nao esta ativ*, non e attiv*, n est pas activ*, nest pas activ*, ist nicht aktiv, is niet actief, ar inte aktiv*, nie jest aktywn*, 未激活, не активен, не активна, 비활성",
    ),
    (
        Term::NotHeld,
        "nao ha permiss*, sem permiss*, sin permis*, senza permess*, senza autorizzazion*, sans autorisation, sans permission, ohne berechtigung, zonder toestemming, utan behorighet",
    ),
    (
        Term::NoCredential,
        "zugangsdaten fehlen, anmeldedaten fehlen, keine zugangsdaten, keine anmeldedaten, kein token ubergeben, kein token angegeben, token fehlt, sie mussen sich authentifizieren, \
         identifiants manquants, aucun identifiant, aucun jeton, jeton manquant, vous devez vous authentifier, \
         faltan credenciales, faltan las credenciales, credenciales faltantes, sin credenciales, falta el token, no se proporciono un token, debe autenticarse, debes autenticarte, \
         credenciais ausentes, credenciais nao fornecidas, sem credenciais, token ausente, token nao fornecido, voce deve se autenticar, \
         credenziali mancanti, nessuna credenziale, token mancante, devi autenticarti, inloggegevens ontbreken, token ontbreekt, \
         認証情報がありません, 認証情報が不足, 認証情報が指定されていません, トークンがありません, トークンが指定されていません, \
         缺少凭证, 缺少凭据, 缺少认证信息, 缺少 token, 未提供 token, 未携带 token, 未提供凭证, 未提供认证, 인증 정보가 없, 토큰이 없, 토큰이 누락",
    ),
    (
        Term::Approval,
        "verifizierte anwendung*, verifizierte app*, gepruft* app*, applications verifiees, applications approuvees, aplicaciones verificadas, aplicaciones aprobadas, aplicativos verificados, \
         app verificate, applicazioni verificate, geverifieerde app*, zweryfikowan* aplikacj*, zweryfikowanych aplikacji, 審査済みアプリ, 認定アプリ, 已认证应用, 已审核应用, 검증된 앱",
    ),
    // A password is refused, or asked to be looked at once more.
    (
        Term::Invalid,
        "正しいか, 正しくない, が間違って, が違います, が誤って, 密码错误, 密碼錯誤, 密码不正确, 密碼不正確, 密码有误, 密码不对, 检查密码, 비밀번호가 틀, 비밀번호가 일치하지 않, 비밀번호를 확인, \
         passwort ist falsch, passwort falsch, falsches passwort, falsches kennwort, passwort prufen, mot de passe incorrect*, mauvais mot de passe, verifiez votre mot de passe, contrasena incorrecta, contrasena erronea, \
         senha incorreta, senha errada, senha invalida, password errata, password non corretta, wachtwoord is onjuist, onjuist wachtwoord, bledne haslo, nieprawidlowe haslo, sifre yanlis, sifre hatali, неверный пароль, пароль неверен",
    ),
    (Term::Password, "haslo, sifre*, wachtwoord*, 비밀번호"),
];
