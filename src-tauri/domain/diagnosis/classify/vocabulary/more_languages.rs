//! How the terms are said in Korean, Polish, Turkish and Swedish, and what all languages say of apps that are not approved
//! and of requests that lack something [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    (
        Term::TestingOnly,
        "developer role*, tester role, developer or tester, developers or testers, sandbox app*, sandbox mode, sandbox user*, testing mode, development mode, dev mode, developer mode, test accounts only, \
         entwicklerrolle*, entwicklungsmodus, entwicklermodus, testmodus, testphase, getestet, von testern, testnutzer*, testbenutzer*, google uberprufungsprozess*, google bestatigungsprozess*, google verifizierungsprozess*, \
         nicht freigeschaltet, in der entwicklung, \
         role de developpeur, role developpeur, mode developpement, mode de developpement, mode test, mode bac a sable, phase de test, en cours de test, en test, testeurs, testeur, \
         procedure de validation de google, processus de validation de google, procedure de verification de google, processus de verification de google, utilisateurs tests, utilisateurs test, utilisateur test, en cours de developpement, \
         rol de desarrollador, funcion de desarrollador, modo de desarrollo, modo desarrollo, modo de prueba*, modo de pruebas, fase de prueba*, en pruebas, en periodo de prueba, probadores, \
         verificadores aprobados, testers aprobados, proceso de verificacion de google, usuarios de prueba, usuario de prueba, en desarrollo, \
         funcao de desenvolvedor, funcao do desenvolvedor, funcao de programador, modo de desenvolvimento, modo de teste*, fase de teste*, em teste, em testes, testadores, processo de verificacao do google, \
         usuarios de teste, usuario de teste, utilizadores de teste, em desenvolvimento, \
         ruolo sviluppatore, ruolo di sviluppatore, ruolo dello sviluppatore, modalita sviluppo, modalita di sviluppo, modalita test, modalita di test, fase di test, in fase di prova, fase di sviluppo, \
         procedura di verifica di google, processo di verifica di google, utenti di test, utenti di prova, utente di test, tester approvati, \
         wordt getest, momenteel getest, ontwikkelaarsrol*, ontwikkelaarsmodus, ontwikkelmodus, ontwikkelingsmodus, testmodus, testfase, verificatieproces van google, verificatieprocedure van google, testgebruiker*, in ontwikkeling, \
         rola dewelopera, roli dewelopera, tryb deweloperski, trybie deweloperskim, trybie programistycznym, trybie testowym, testowana, testowany, jest testowan*, testerzy, testerow, uzytkownik testow*, \
         weryfikacji google, weryfikacji przez google, weryfikacji w google, \
         gelistirici rol*, gelistirme mod*, test modu*, test asamas*, test ediliyor, test kullanici*, google dogrulama sureci*, google dogrulama islem*, \
         роль разработчика, роли разработчика, режиме разработки, режим разработки, тестовом режиме, тестирован*, тестировщик*, тестовый пользователь, тестовых пользователей, процедуру проверки google, процедуру верификации google, проверку google, \
         開発者の役割, 開発者ロール, 開発モード, 開発者モード, テスト中, テスター, テストユーザー, google による確認, google の確認, google の審査, google による審査, google の検証, \
         开发者角色, 開發者角色, 开发模式, 開發模式, 开发者模式, 测试阶段, 測試階段, 测试中, 测试人员, 測試人員, 测试用户, 測試使用者, google 验证, google 驗證, google 的验证, google 的驗證, 沙箱, 沙盒, \
         개발자 역할, 개발 모드, 개발자 모드, 테스트 중, 테스터, 테스트 사용자, google 인증 절차, google 확인 절차, google 인증을, google의 인증, 검수, \
         utvecklarroll*, utvecklingslage, testlage, testas, testare, googles verifieringsprocess",
    ),
    (
        Term::Approval,
        "is not verified by google, app isnt verified, application is not verified, client is not verified, unaudited, \
         nicht genehmigt, nicht veroffentlicht, non approuve*, pas ete approuve*, pas ete verifie*, pas verifie*, pas encore publie*, no aprobad*, no ha sido verificad*, no ha sido aprobad*, no publicad*, \
         nao aprovad*, nao foi verificad*, nao foi aprovad*, nao publicad*, non approvat*, non e stata verificat*, non pubblicat*, niet goedgekeurd, niet geverifieerd, niet gepubliceerd, \
         niezweryfikowan*, nie zostala zweryfikowana, niezatwierdzon*, dogrulanmamis, dogrulanmadi, onaylanmamis, onaylanmadi, не одобрен*, не опубликован*, не верифицирован*, \
         未検証, 承認されていません, 公開されていません, 未通过审核, 未上架, 尚未验证, 未经验证, 未發布, 인증되지 않은 앱, 확인되지 않은 앱, 승인되지 않, 게시되지 않, 심사, overifierad*, inte verifierats, inte godkand*",
    ),
    (
        Term::RefreshToken,
        "리프레시 토큰, 리프레쉬 토큰, 갱신 토큰, 새로고침 토큰, refresh 토큰, token odswiezania, tokenu odswiezania, tokena odswiezania, token odswiezajacy, tokenu odswiezajacego, yenileme token*, yenileme belirtec*, \
         refresh トークン, refresh 令牌, refresh jeton, uppdateringstoken*",
    ),
    (
        Term::AccessToken,
        "액세스 토큰, 엑세스 토큰, 접근 토큰, access 토큰, token dostepu, tokenu dostepu, tokena dostepu, erisim token*, erisim belirtec*, erisim anahtar*, access トークン, access 令牌, atkomsttoken*",
    ),
    (Term::Token, "토큰, belirtec*, 令牌"),
    (Term::Session, "세션, 로그인 상태, sesja, sesji, sesje, oturum*, 登录状态, 登录已,"),
    (
        Term::Code,
        "인가 코드, 인증 코드, 승인 코드, kod autoryzacji, kod autoryzacyjny, kodu autoryzacji, yetkilendirme kod*, yetki kod*, auktoriseringskod*, 授权 code, code 无效, code 已, 临时 code, 無効な code",
    ),
    (
        Term::ClientId,
        "클라이언트 id, 앱 키, 앱키, rest api 키, identyfikator klienta, identyfikatora klienta, istemci kimlig*, 应用 id, 应用 key, 商户号, klient id",
    ),
    (Term::Client, "클라이언트, klienta, klientem, istemci*, klient*"),
    (
        Term::Secret,
        "클라이언트 시크릿, 시크릿, 비밀키, 비밀 키, client secret*, tajny klucz, klucz tajny, tajnego klucza, sekret klienta, istemci gizli*, gizli anahtar*, istemci sirri, klienthemlighet*, app secret*, 应用密钥, \
         klientengeheimnis*, clientschlussel, secreto, segredo, geheim, clientgeheim*",
    ),
    (
        Term::App,
        "앱, 애플리케이션, 어플리케이션, aplikacja, aplikacji, aplikacje, uygulama*, appen, applikation*, アプリケーション, 应用程序, 應用程式, l appli",
    ),
    (
        Term::User,
        "사용자, 계정, 회원, 이용자, uzytkownik*, konto, konta, kontem, kullanici*, hesap, hesab*, anvandare*, kontot, 会員, 用户, 帳號, 賬號, 账户",
    ),
    (Term::Scope, "스코프, 동의 항목, 동의항목, zakres*, kapsam*, omfattning*, 授权作用域, 权限范围, 権限スコープ"),
    (
        Term::Permission,
        "권한, 퍼미션, uprawnien*, uprawnienia, izin, izni, izinler*, yetki, yetkisi, yetkiniz, yetkiler*, behorighet*, 权限, 该能力, 任何能力, 接口能力",
    ),
    (Term::Consent, "사용자 동의, zgoda, zgody, zgode, onay*, riza, samtycke*, 授权同意"),
    (
        Term::Redirect,
        "리다이렉트, 리디렉션, 리다이렉션, 콜백 url, redirect uri, przekierowan*, adres zwrotny, yonlendirme*, geri donus*, omdirigerings*, 回调地址, 回调域名, 重定向地址, 回呼",
    ),
    (Term::Resource, "리소스, 파일, 문서, 객체, zasob*, plik*, dokument*, kaynak*, kayna*, dosya*, resurs*"),
    (
        Term::Ip,
        "ip 주소, 허용된 ip, ip adres*, adres ip, adresu ip, ip adressen, ip 地址, ip 不在, ip 白名单, ip アドレス, 白名单",
    ),
    (
        Term::Organisation,
        "조직, 회사, 워크스페이스, organizacj*, firmy, kurulus*, sirket*, organisationen, 団体, 機構, 机构",
    ),
    (Term::Admin, "관리자, yonetici*"),
    (Term::Policy, "정책, polityk*, zasady, zasad, politika*, ilke, ilkesi, principen, policyn, 規定"),
    (Term::Tenant, "테넌트, dzierzaw*, kiraci*, klientorganisation*"),
    (
        Term::Parameter,
        "파라미터, 매개변수, 인자, 필드, 요청 본문, parametr*, pole, pola, parametre*, alan, alani, parameter*, 字段, 签名, 簽名, 入力値, リクエストボディ, 请求参数",
    ),
    (Term::Password, "비밀번호, 패스워드, haslo, hasla, haslem, sifre*, parola*, losenord*"),
    (Term::Plan, "요금제, 구독, subskrypcj*, abonament*, abonelik*, abonneman*, 会员等级, 套餐"),
    (
        Term::Header,
        "헤더, naglowek, naglowka, baslig*, basligi, リクエストヘッダ, 请求头, 請求標頭, kopfzeile, en tete*, encabezado*, cabecera*, cabecalho*, intestazion*, заголов*",
    ),
    (
        Term::Expired,
        "만료, wygasl*, wygasa*, przeterminowan*, uplynal*, suresi dol*, suresi gec*, gecerlilik suresi, sona er*, gatt ut, upphort*, utgangen, utgatt*, 期限が切れ, 有効期限切れ, 已经过期, 已过有效期, 超过有效期, \
         expiree, expires, perime*, a expire, ha expirado, esta vencid*, expirou, e scaduto, is verlopen, ist abgelaufen, срок действия, срок истек",
    ),
    (
        Term::Revoked,
        "취소되었, 철회, 해지, 폐기, 연결 해제, 연결이 해제, 연결 끊기, cofniet*, odwolan*, uniewaznion*, uniewaznil*, cofnal*, iptal edil*, geri alin*, kaldirildi, aterkallat*, aterkallats, \
         revogou, revoco, ha revocado, revocato, zuruckgezogen, zuruckgenommen, revoquee, revoques, a ete revoque*, ha sido revocad*, foi revogad*, e stato revocat*, is ingetrokken, отозван, 無効化されました, 連携が解除, 解除されました, 已被撤销, 已取消授权, 已解除, 已撤回, 被回收",
    ),
    (
        Term::Invalid,
        "유효하지 않, 올바르지 않, 잘못된, 잘못되, 틀린, 유효성 검사 실패, 검증 실패, 검증에 실패, 확인 실패, nieprawidlow*, niewazn*, bledn*, niepoprawn*, nie jest wazn*, nie jest prawidlow*, gecersiz*, gecerli degil, hatali, yanlis, dogrulanamadi, \
         dogrulama basarisiz, ogiltig*, felaktig*, inte giltig*, 检验失败, 校验失败, 校验不通过, 验证不通过, 验证失败, 検証に失敗, 検証エラー, 驗證失敗, 有误, 異常, 异常, 不正です, 誤って, 間違って, \
         prufung fehlgeschlagen, uberprufung fehlgeschlagen, konnte nicht verifiziert, konnte nicht uberpruft, verification a echoue, echec de la verification, echec de verification, verificacion fallida, fallo la verificacion, \
         error de verificacion, falha na verificacao, verifica fallita, verifica non riuscita, verificatie mislukt, проверка не пройдена, не пройдена, ошибка проверки, не удалось проверить, не прошел проверку, невалидн*, \
         check failed, check fail, check error, check access token, verify failed, verify fail, verify error, verification error, verification failure, validate failed, validate fail, validate error, validation failure, \
         failed to verify, signature error, error verifying",
    ),
    (
        Term::NotFound,
        "찾을 수 없, 존재하지 않, 없는 사용자, 등록되지 않은 사용자, nie znaleziono, nie istnieje, nie odnaleziono, bulunamadi, mevcut degil, hittades inte, finns inte, 查無, 无此, 不存在的",
    ),
    (
        Term::Missing,
        "누락, 필수, 필요합니다, 비어 있, 없습니다, 입력해, 전달되지 않, brakuje, brak, wymagan*, nie moze byc pust*, nie podano, eksik, zorunlu*, gerekli*, gerekiyor, bos olamaz, belirtilmedi, saknas, kravs, obligatorisk*, \
         必填参数, 参数缺失, 参数为空, 为空, 未提供, 未传, 不可为空, 不能為空, 未入力, 指定されていません, が空, 設定されていません, or lost, is lost, was lost, must be filled, may not be empty, may not be blank, must not be blank, must not be null, shouldnt be empty, \
         should not be empty, should not be null, should not be blank, not be blank, not filled, unspecified, not passed, was not sent, not received, couldnt find parameter, isnt provided, isnt present, expected parameter, \
         ist leer, darf nicht leer, nicht angegeben, wird benotigt, benotigt, notig, est vide, ne peut pas etre vide, ne doit pas etre vide, est requise, est obligatoire, non fourni*, esta vacio, no puede estar vacio, no puede ser nulo, es obligatori*, es necesari*, \
         no proporcionad*, no se proporciono, nao pode ser vazi*, nao pode estar vazi*, em branco, nao informad*, nao fornecid*, non puo essere vuot*, non fornit*, is leeg, mag niet leeg, ontbreekt, is verplicht, не может быть пуст*, не передан*, пуст*",
    ),
    (
        Term::NotHeld,
        "권한이 없, 권한 없, 부족합니다, 부족, niewystarczajac*, brak uprawnien, nie masz uprawnien, nie ma uprawnien, yetersiz*, yetkiniz yok, izniniz yok, yetkisi yok, saknar behorighet, otillracklig*, 没有该权限, n avez pas, navez pas, non hai, no tienes, nao tens, haben keine, haben nicht, 没有, 无此权限, 權限不足, 権限がありません, 権限が不足",
    ),
    (
        Term::NotAccessible,
        "접근이 거부, 액세스가 거부, 접근 권한이 없, 접근할 수 없, 액세스할 수 없, odmowa dostepu, brak dostepu, dostep zabroniony, odmowiono dostepu, erisim reddedildi, erisim engellendi, erisiminiz yok, atkomst nekad, access to the requested resource, access to requested resource, アクセス権限がありません, 没有访问权限, 沒有存取權",
    ),
    (Term::Denied, "거부, 거절, odmow*, odrzucon*, reddedil*, nekad*, avvisad*"),
    (
        Term::NotAllowed,
        "허용되지 않, 금지, 권한 밖, niedozwolon*, zabronion*, nie jest dozwolon*, nieautoryzowan*, nieuprawnion*, izin verilm*, yasak*, yetkisiz*, inte tillatet, otillaten, obehorig*, 不被允许, 許可されていない",
    ),
    (
        Term::Disabled,
        "비활성화, 정지된, 정지되, 탈퇴한, 탈퇴, 휴면, 차단된, 잠긴, 잠겨, 삭제된, zablokowan*, wylaczon*, dezaktywowan*, zawieszon*, usuniet*, devre disi, askiya alin*, engellen*, kilitlen*, silinmis, silindi, sparrat*, inaktiverat*, avstangd*, 已注销, 已冻结, 被冻结, 已禁用, 被禁用, 已封禁, 被封禁, 已停用, 被锁定, \
         凍結, 利用停止, アカウントが無効, 退会, stillgelegt*, desactivada, a ete desactive*, a ete suspendu*, verrouille*, cerrada, encerrad*, chiuso",
    ),
    (
        Term::Reused,
        "이미 사용, 재사용, 이미 갱신, juz uzyt*, juz wykorzystan*, zostal uzyty, zostal wykorzystany, ponownie uzyt*, daha once kullanil*, zaten kullanil*, yeniden kullanim*, redan anvants, redan anvand, 只能使用一次, 重复使用, 已失效或已使用, 再利用, 一度しか使用, 旧的, 不是最新, 最新ではありません, \
         old refresh token*, old token*, older refresh token*, previous refresh token*, previous token*, replaced by, replaced with, newer one, not current, isnt current, no longer current, isnt the latest, not most recent, not the most recent, not the newest, \
         superceded, already rotated, already replaced, already refreshed, used refresh token, token reuse*, token replay*, already spent, already been spent, was exchanged, was consumed, was rotated, can only be used once, only be used once, \
         schon verwendet, schon benutzt, wiederverwend*, nicht mehr aktuell, veraltet*, deja utilisee, reutilise*, plus recent, obsolete, ya fue utilizad*, reutiliza*, ya no es el ultimo, mais recente, riutilizz*, al eens gebruikt, hergebruik*, verouderd*, уже использован, повторн*, устарел*",
    ),
    (
        Term::Mismatch,
        "일치하지 않, 다릅니다, nie pasuje, nie zgadza, niezgodn*, nie odpowiada, eslesmiyor, uyusmuyor, uyumsuz*, matchar inte, stammer inte, overensstammer inte, 不匹配的, 不相符, 與設定不符, 配置不一致, 一致しない",
    ),
    (
        Term::NotRegistered,
        "등록되지 않, niezarejestrowan*, nie jest zarejestrowan*, nie zostal zarejestrowan*, kayitli degil, inte registrerad*, 未登记, 不在白名单, 不在安全域名, 不在列表, 未配置, 登録されていない",
    ),
    (
        Term::NotGranted,
        "未授权, 尚未授权, 未获得, 未獲得, 同意していません, 동의하지 않은, 동의가 필요, nie udzielono, nie wyrazil, onay vermedi, onay verilmedi, nicht zugestimmt, nicht erteilt, pas consenti, na pas autorise, n a pas autorise, no ha autorizado, no ha dado, nao autorizou, nao concedeu, non ha autorizzato, non ha concesso, niet verleend, geen toestemming, не предоставил, не дал соглас*, не разрешил",
    ),
    (
        Term::Unsupported,
        "지원하지 않, 지원되지 않, nieobslugiwan*, nie jest obslugiwan*, desteklenmiyor, desteklenmeyen, stods inte, 暂不支持, 未対応, 対応していません",
    ),
    (
        Term::NotEnabled,
        "활성화되지 않, 사용하지 않도록, 사용 설정되지 않, nie jest wlaczon*, nie wlaczono, nieaktywn*, etkin degil, etkinlestirilmemis, inte aktiverad*, 未打开, 没有开通, 尚未开通, 尚未啟用",
    ),
    (
        Term::Malformed,
        "형식이 잘못, 형식 오류, 형식이 올바르지, nieprawidlowy format, bledny format, bicim hatasi, hatali bicim, 格式不对, 格式有误, 解析失败, フォーマットが",
    ),
    (Term::Changed, "변경, zmienion*, zresetowan*, degistiril*, degisti, sifirlan*, andrats, 重置, リセット"),
    (
        Term::Rate,
        "요청이 너무 많, 호출 한도, 요청 한도, 사용량 초과, 쿼터, 한도를 초과, 한도 초과, 너무 많은 요청, zbyt wiele zadan, zbyt wiele zapytan, zbyt duzo zadan, limit zadan, limit zapytan, cok fazla istek, istek limit*, istek siniri, hiz siniri, for manga forfragningar, for manga anrop, \
         操作过于频繁, 操作频繁, 请求过多, 请求太频繁, 访问频率, 访问过于频繁, 频次, 频控, 流控, 触发限流, 達到上限, 超出频率, 请求超限, アクセスが集中, 制限を超え, 回数制限, 利用制限, 上限を超え, \
         anfragen pro, kontingent*, anfragelimit*, quota depass*, depassement de quota, nombre de requetes, cuota*, limite de llamadas, limite de uso, cota excedida, limite excedid*, quota superat*, limite superat*, limiet overschreden, quotum*, частот*, слишком часто, квот*",
    ),
    (
        Term::Retry,
        "잠시 후, 다시 시도, sprobuj ponownie, pozniej, daha sonra, tekrar deneyin, forsok igen, senare, 请重试, 再試行, versuchen sie es, erneut versuchen, intentelo de nuevo, vuelva a intentar*, tente novamente, riprova, probeer het",
    ),
    (
        Term::Outage,
        "점검, 서버 오류, 내부 오류, 서비스를 사용할 수 없, 일시적인 오류, 일시적인 에러, 일시적으로, przerwa techniczna, blad serwera, blad wewnetrzny, wewnetrzny blad, niedostepn*, sunucu hatasi, dahili hata, bakim*, hizmet kullanilamiyor, internt fel, serverfel, underhall, 服务器繁忙, 服务繁忙, 系统维护, 系统异常, 服务器异常, \
         服务器内部, 系統錯誤, 系統忙碌, システムエラー, サービス停止, 一時的に利用, serverfehler, erreur du serveur, erreur serveur, error del servidor, erro no servidor, errore del server, serverfout",
    ),
    (
        Term::Cancelled,
        "사용자가 취소, 취소했습니다, 동의하지 않, 사용자가 거부, uzytkownik odmowil, uzytkownik anulowal, anulowan*, kullanici reddetti, kullanici iptal, vazgec*, anvandaren avbrot, anvandaren nekade, 用户取消授权, 用户拒绝授权, 用戶取消, ユーザーがキャンセル, 拒否しました, \
         vom benutzer abgelehnt, vom benutzer abgebrochen, hat den zugriff verweigert, hat abgelehnt, l utilisateur a annule, lutilisateur a annule, lutilisateur a refuse, utilisateur a annule, el usuario cancelo, el usuario ha denegado, el usuario ha cancelado, el usuario rechazo, \
         o usuario cancelou, o usuario negou, usuario negou, lutente ha annullato, lutente ha negato, utente ha annullato, gebruiker heeft geweigerd, gebruiker heeft geannuleerd, отказался, отменил*",
    ),
    (
        Term::Sso,
        "통합 로그인, logowanie jednokrotne, logowania jednokrotnego, tek oturum acma, enkel inloggning, 单点登入",
    ),
    (
        Term::Mfa,
        "다단계 인증, 2 단계 인증, 추가 인증, uwierzytelnianie wieloskladnikowe, uwierzytelniania wieloskladnikowego, dwuetapow*, dwuskladnikow*, cok faktorlu, iki adimli, iki faktorlu, tvastegs*, multifaktor*, 多重身份验证, 雙重驗證, 二段階認証, 追加認証",
    ),
    (
        Term::Interaction,
        "다시 로그인, 로그인이 필요, 재로그인, zaloguj sie ponownie, wymagane logowanie, musisz sie zalogowac, tekrar giris, yeniden giris, giris yapmaniz, logga in igen, 请重新登录, 重新登录, 重新登入, 请先登录, ログインしてください, 再度ログイン, 再ログイン, \
         erneut anmelden, anmeldung erforderlich, melden sie sich, reconnectez vous, connexion requise, veuillez vous connecter, inicie sesion, iniciar sesion, faca login, accedi di nuovo, effettua l accesso, log opnieuw in, войдите, повторный вход, необходим вход",
    ),
    (
        Term::Blocked,
        "관리자가 차단, 차단했, 차단되었, 제한되었, 제한된, 관리자에게 문의, a bloque, bloqueou, ha bloqueado, ha bloccato, heeft geblokkeerd, ブロックし, 被拦截, zablokowal*, zablokowany przez, ograniczon*, skontaktuj sie z, engellendi, kisitlan*, yoneticinize, yoneticiniz*, blockerad*, begransad*, kontakta din, 请联系, 請聯絡, 已被管理员, 管理者に連絡, 管理者にお問い合わせ, 禁止されています, \
         vom administrator, zustimmung des administrators, genehmigung durch, par votre administrateur, approbation de l administrateur, aprobacion del administrador, por el administrador, por su administrador, pelo administrador, aprovacao do administrador, dall amministratore, dallamministratore, door uw beheerder, goedkeuring van, администратором",
    ),
    (
        Term::Unauthenticated,
        "인증 실패, 인증에 실패, 인증되지 않, 인증이 필요, 인증 오류, uwierzytelnianie nie powiodlo, blad uwierzytelniania, blad autoryzacji, nie powiodlo sie uwierzytelnianie, kimlik dogrulama basarisiz, kimlik dogrulama hatasi, yetkilendirme hatasi, autentiseringen misslyckades, autentisering misslyckades, \
         授权失败, 鉴权不通过, 认证错误, 未登录, 需要登录, 请登录, 请先登录, 未登入, 未認証, 認証されていません, 認証が必要, authentifizierung erforderlich, nicht authentifiziert, authentification requise, non authentifie*, no autenticad*, nao autenticad*, non autenticat*, niet geauthenticeerd, не аутентифицирован*, требуется авторизация",
    ),
    (
        Term::NotAssigned,
        "할당되지 않, nie przypisano, nie jest przypisan*, nie zostal przypisany, atanmamis, inte tilldelad*, 未被分配, 割り当てられていない",
    ),
    (
        Term::Share,
        "공유되지 않, 공유된, 멤버가 아닙, udostepnion*, nie jest czlonkiem, paylasil*, uyesi degil, delad, delats, inte medlem, 未共享, 不是成员, 非成员, 不在群, 共有されていない, メンバーではありません, niet gedeeld, non membre, nao e membro, non e membro",
    ),
    (
        Term::Clock,
        "시스템 시간, 시계, 타임스탬프, zegar*, znacznik czasu, czas systemowy, sistem saati, zaman damgas*, systemklocka*, tidsstampel*, 时间误差, 时间偏差, 时间戳过期, 时间戳错误, 本地时间, 服务器时间, タイムスタンプ, 系統時間, zeitstempel*, horodatage*, marca de tiempo, hora do sistema, ora di sistema, метка времени, временная метка, \
         clock drift, time drift, outside of window, outside window, outside the window, outside of the allowed, outside the allowed, outside of allowed, outside of the recv, recv window, recvwindow, timestamp outside, timestamp out of, timestamp too, timestamp for this request, before issued, valid before it, \
         synchronize your clock, sync your clock, clocks are, time is not in sync, time not in sync, date and time settings, check your system time, check the time, server timestamp, stale request, stale timestamp, request timestamp, timestamp error, timestamp not, issued at a future, future date, from the future, future token, future timestamp, \
         is in future, date in the future, iat claim, nbf claim, exp claim too far, too far in the future, jwt issued, jwt iat, time window, timestamp skew",
    ),
    (
        Term::NotYetValid,
        "not usable yet, isnt usable yet, not be used yet, cannot be used yet, cant be used yet, cannot be used before, cant be used before, not be used before, must not be used before, before its nbf, not valid before, only valid after, not before is in, used before its, used before it, used too early, token used before, before it was issued, before being issued, \
         noch nicht gultig, pas encore valide, aun no es valid*, todavia no es valid*, ainda nao e valid*, non ancora valid*, non e ancora valid*, nog niet geldig, еще не действ*, ещё не действ*, まだ有効では, 尚未生效, 未到生效, 아직 유효하지, jeszcze nie jest wazn*, henuz gecerli degil, annu inte giltig*",
    ),
    (Term::Or, "lub, veya, ya da, eller, 또는, 혹은, albo"),
    (
        Term::GrantType,
        "grant type, 인가 유형, 승인 유형, typ uprawnienia, typ grantu, izin turu, verme turu, grant 类型, 授权方式, 授权模式",
    ),
    (
        Term::AccountOver,
        "nutzer gesperrt, nutzer ist gesperrt, nutzer wurde gesperrt, geloschte nutzer*, geloschter nutzer*, benutzer gesperrt, benutzer ist gesperrt, benutzer wurde gesperrt, geloschte benutzer*, geloschter benutzer*, konto gesperrt, konto ist gesperrt, konto wurde gesperrt, konto deaktiviert, konto wurde deaktiviert, compte desactive, compte suspendu, compte a ete desactive, compte a ete suspendu, cuenta suspendida, cuenta desactivada, cuenta bloqueada, cuenta ha sido, conta suspensa, conta desativada, conta bloqueada, conta foi, \
         account sospeso, account disattivato, account e stato disattivato, account e stato sospeso, account geblokkeerd, account is geblokkeerd, account uitgeschakeld, konto zablokowane, konto zostalo zablokowane, konto zawieszone, konto wylaczone, hesap askiya, hesabiniz askiya, hesap devre disi, hesabiniz devre disi, hesap kilit*, \
         аккаунт заблокирован, учетная запись отключена, учетная запись заблокирована, пользователь заблокирован, 账号已被, 账号被, 帐号已被, 帐号被, 用户已被, 用户被, 账户已被, 用户状态, アカウントは停止, アカウントが停止, アカウントがロック, アカウントは無効, アカウントが凍結, 계정이 비활성화, 계정이 정지, 계정이 잠, 정지된 계정, 탈퇴한 사용자, 정지된 사용자, kontot ar sparrat, kontot ar inaktiverat",
    ),
    (
        Term::MustBe,
        "should be, must be, must equal, should equal, has to be, expected one of, expected, only support*, should contain, ought to be, must be one of, allowed values, accepted values, supported values, valid values, muss sein, doit etre, debe ser, deve ser, deve essere, moet zijn, должен быть, 应为, 应该为, 必须为, 必须是, 只能为, でなければ, 여야 합니다, musi byc, olmali*",
    ),
];
