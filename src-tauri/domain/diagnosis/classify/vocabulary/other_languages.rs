//! How the terms are said in German, French, Spanish, Portuguese, Italian, Dutch, Japanese, Chinese and Russian [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    (
        Term::RefreshToken,
        "aktualisierungstoken*, aktualisierungs token, jeton d actualisation, jeton de rafraichissement, jeton dactualisation, \
         jeton de renouvellement, token de actualizacion, token de refresco, token de renovacion, token de atualizacao, \
         token di aggiornamento, vernieuwingstoken*, リフレッシュトークン, リフレッシュ トークン, 更新トークン, 刷新令牌, 刷新 token, 更新令牌, 重新整理權杖, \
         токен обновления, refresh токен*, токена обновления",
    ),
    (
        Term::AccessToken,
        "zugriffstoken*, zugangstoken*, jeton d acces, jeton dacces, token de acceso, token de acesso, token di accesso, \
         toegangstoken*, アクセストークン, アクセス トークン, 访问令牌, 存取權杖, 访问 token, токен доступа, токена доступа, access токен*",
    ),
    (
        Term::Token,
        "jeton*, 令牌, トークン, 权杖, 權杖, токен*, aktualisierungstoken*, zugriffstoken*, vernieuwingstoken*, toegangstoken*",
    ),
    (Term::Session, "sitzung*, sesion*, sessao, sessione, sessie, セッション, 会话, 登录态, сесси*, сеанс*"),
    (
        Term::Code,
        "autorisierungscode*, authentifizierungscode*, code d autorisation, codigo de autorizacion, codigo de autorizacao, \
         codice di autorizzazione, autorisatiecode*, 認可コード, 認証コード, 授权码, 授權碼, 临时授权码, код авторизации, кода авторизации",
    ),
    (
        Term::ClientId,
        "client kennung, client id, id de cliente, identifiant client, id do cliente, クライアント id, 客户端 id, идентификатор клиента",
    ),
    (Term::Client, "cliente, klient, クライアント, 客户端, 用戶端, клиент*"),
    (
        Term::Secret,
        "client authentifizierung, clientauthentifizierung, authentification du client, authentification client, autenticacion del cliente, \
         autenticacion de cliente, autenticacao do cliente, autenticazione del client, clientauthenticatie, clientgeheimnis, geheimer clientschlussel, geheimnis, secret client, secreto de cliente, secreto del cliente, \
         segredo do cliente, segreto client, clientgeheim, クライアントシークレット, シークレット, 密钥, 密鑰, секрет*",
    ),
    (
        Term::App,
        "anwendung*, aplicacion*, aplicativo*, applicazione, applicatie*, toepassing*, l application, アプリ, 应用, 應用, приложени*",
    ),
    (
        Term::User,
        "benutzer*, konto, nutzer*, utilisateur*, compte, comptes, usuario*, cuenta*, conta, utilizador*, utente, utenti, \
         gebruiker*, ユーザー, ユーザ, アカウント, 用户, 用戶, 账号, 账户, 帐号, 帐户, 帳戶, пользовател*, аккаунт*, учетн*, учётн*",
    ),
    (
        Term::Scope,
        "portee*, ambito*, alcance*, escopo*, bereik, スコープ, 作用域, 授权范围, 範圍, область доступа, областей",
    ),
    (
        Term::Permission,
        "berechtigung*, autorisations, permiso*, permissao, permissoes, autorizzazion*, permess*, machtiging*, rechten, droits, \
         権限, 权限, 權限, разрешени*, права, прав",
    ),
    (
        Term::Consent,
        "einwilligung*, zustimmung*, zugestimmt, consentement, consentimiento, consentimento, consenso, toestemming*, 同意, согласи*",
    ),
    (
        Term::Redirect,
        "weiterleitungs*, umleitungs*, url de redireccion*, uri de redireccion*, redireccion*, redirecionamento, \
         redirection, reindirizzamento, omleidings*, リダイレクト, 回调, 重定向, 重新導向, перенаправлени*, редирект*",
    ),
    (
        Term::Resource,
        "ressource*, recurso*, risors*, bron, datei*, archivo*, arquivo*, fichier*, bestand*, objekt*, objeto*, objet, \
         oggetto, dokument*, リソース, ファイル, 资源, 文件, 對象, ресурс*, файл*, объект*",
    ),
    (
        Term::Ip,
        "adresse ip, direccion ip, endereco ip, indirizzo ip, ip adresse, ip adres, ip 地址, ip アドレス, ip адрес*, \
         白名单, ip 白名单, adresses ip, direcciones ip",
    ),
    (
        Term::Organisation,
        "unternehmen*, entreprise, empresa*, organizacion*, organizacao*, organizzazione, azienda, organisatie*, bedrijf, firma, \
         組織, 企业, 组织, организаци*, компани*",
    ),
    (
        Term::Admin,
        "administrador*, administrateur*, amministrator*, beheerder*, administratie, 管理员, 管理者, 管理員, админ*",
    ),
    (
        Term::Policy,
        "richtlinie*, politica*, politique*, criteri, beleid*, bedingter zugriff, bedingten zugriff, acceso condicional, \
         acces conditionnel, ポリシー, 条件付きアクセス, 策略, 条件访问, политик*, условн*",
    ),
    (Term::Tenant, "mandant*, locataire, inquilino*, テナント, 租户, 租戶, арендатор*, тенант*"),
    (Term::Parameter, "parametro*, parametre*, campo, champ, feld, パラメータ, パラメーター, 参数, 參數, параметр*"),
    (
        Term::Password,
        "passwort*, kennwort*, mot de passe, contrasena*, senha*, wachtwoord*, パスワード, 密码, 密碼, парол*",
    ),
    (
        Term::Plan,
        "abonnement*, abonn*, suscripcion*, assinatura*, abbonamento*, lizenz*, licenci*, licenc*, 套餐, プラン, подписк*, тариф*",
    ),
    (
        Term::Expired,
        "abgelaufen*, caduc*, vencid*, vencio, scadut*, scaduto, verlopen, expirad*, expire, expiro, 期限切れ, 有効期限が切れ, 有効期限, \
         有效期已过, 过期, 過期, 已失效, истек*, истёк*, просроч*, ist nicht mehr gultig, 超时",
    ),
    (
        Term::Revoked,
        "widerrufen*, entzogen, revoque*, revocad*, revogad*, revocat*, ingetrokken, 取り消されました, 取り消され, 取り消し, 失効しました, 撤销, 撤銷, 取消授权, 解除授权, \
         отозва*, аннулирован*",
    ),
    (
        Term::Invalid,
        "ungultig*, falsch*, invalide*, non valide, nest pas valide, n est pas valide, incorrect*, invalido, invalida, invalidos, no valido, \
         no valida, no es valido, no es valida, non valido, non e valido, nao e valido, invalidas, onjuist*, ongeldig*, 無効, 不正な, 正しくありません, 无效, 無效, 不合法, 非法, 错误, 不正确, \
         недейств*, неверн*, некоррект*, неправильн*, недопустим*",
    ),
    (
        Term::NotFound,
        "nicht gefunden, existiert nicht, introuvable, nexiste pas, n existe pas, no encontrad*, no existe, no se encontro, no se ha encontrado, \
         nao encontrad*, nao existe, nao foi encontrad*, non trovat*, non esiste, niet gevonden, bestaat niet, 見つかりません, 存在しません, 見つかり, 不存在, 未找到, 找不到, \
         не найден*, не существует",
    ),
    (
        Term::Missing,
        "fehlt, fehlen*, erforderlich, manquant*, requis*, obligatoire*, falta, faltan, faltante, requerid*, se requiere, obrigatori*, necessari*, ausente, \
         mancante, richiest*, obbligatori*, ontbre*, vereist*, 必須, 必要です, が必要, ありません, 缺少, 缺失, 不能为空, 必填, отсутств*, обязател*, не указан*, требу*",
    ),
    (
        Term::NotHeld,
        "nicht ausreichend*, unzureichend*, fehlende berechtigung*, insuffisant*, insuficient*, insufficient*, non sufficient*, onvoldoende, \
         不足, 足りません, 没有权限, 無權限, 权限不足, недостаточн*, нет прав, keine berechtigung, nicht uber, nao possui, no tiene, n a pas, na pas, \
         non dispone, non ha, heeft geen, nao tem",
    ),
    (
        Term::NotAccessible,
        "zugriff verweigert, zugriff abgelehnt, zugang verweigert, acceso denegado, acces refuse, accesso negato, acesso negado, toegang geweigerd, toegang is geweigerd, \
         der zugriff wurde verweigert, アクセスが拒否, アクセスできません, アクセス権がありません, 访问被拒绝, 拒绝访问, 无权访问, 存取被拒, \
         доступ запрещ*, нет доступа, в доступе отказано, keine berechtigung, kein zugriff, sin acceso, pas acces",
    ),
    (
        Term::Denied,
        "fehlgeschlagen, a echoue, ha fallado, fallo la, falhou, fallita, mislukt, verweigert*, abgelehnt*, refuse, refusee, denegad*, rechazad*, negad*, recusad*, negato, negata, rifiutat*, geweigerd*, \
         拒否, 拒绝, 拒絕, отказ*, отклон*",
    ),
    (
        Term::NotAllowed,
        "nicht erlaubt, nicht zulassig, nicht berechtigt, nicht autorisiert, nicht zugelassen, interdit*, pas autorise*, non autorise*, prohibid*, no permitid*, \
         no autorizad*, nao permitid*, nao autorizad*, proibid*, vietato, non consentit*, non autorizzat*, verboden, niet toegestaan, niet gemachtigd, \
         許可されていません, 禁止, 不允许, 未授权, 無權, 无权, запрещ*, не разреш*, не авторизован*",
    ),
    (
        Term::Disabled,
        "gesperrt*, deaktiviert*, geloscht*, desactivad*, deshabilitad*, suspendid*, bloquead*, eliminad*, desativad*, excluid*, desactive, desactivee, suspendu*, \
         bloque, bloquee, supprime, supprimee, disattivat*, disabilitat*, sospes*, bloccat*, eliminat*, uitgeschakeld*, geblokkeerd*, verwijderd*, 無効化, 無効になって, 停止されて, ロックされ, \
         削除され, 停用, 禁用, 冻结, 封禁, 已删除, 注销, заблокирован*, отключен*, приостановлен*, удален*, удалён*",
    ),
    (
        Term::Reused,
        "bereits verwendet, bereits benutzt, bereits eingelost, ya se uso, ya se ha utilizado, ya utilizad*, ya usad*, ya ha sido, ya fue, deja utilise*, deja ete, \
         ja foi utilizad*, ja foi usad*, ja utilizad*, gia utilizzat*, gia usat*, gia stat*, al gebruikt, reeds gebruikt, 既に使用, すでに使用, 使用済み, 已使用, 已被使用, 已经使用, \
         уже использ*, уже был*",
    ),
    (
        Term::Mismatch,
        "stimmt nicht, stimmen nicht, nicht uberein, ubereinstimm*, no coincide*, ne correspond*, nao corresponde*, nao coincide*, non corrispond*, komt niet overeen, \
         一致しません, 一致していません, 不匹配, 不一致, 不符, не совпада*, не соответств*",
    ),
    (
        Term::NotRegistered,
        "nicht registriert, no registrad*, no esta registrad*, non enregistre*, nao registrad*, nao cadastrad*, non registrat*, niet geregistreerd, 未登録, 登録されていません, 未注册, не зарегистр*",
    ),
    (
        Term::Unsupported,
        "nicht unterstutzt, no soportad*, no admitid*, no compatible, non pris en charge, non supporte*, nao suportad*, non supportat*, niet ondersteund, サポートされていません, 不支持, не поддержива*",
    ),
    (
        Term::NotEnabled,
        "nicht aktiviert, no habilitad*, no esta habilitad*, non active*, nao habilitad*, nao ativad*, non abilitat*, non attivat*, niet ingeschakeld, 未开通, 未启用, 未开启, 有効になっていません, 未启动, не включен*, не активирован*",
    ),
    (
        Term::Malformed,
        "fehlerhaft*, mal forme*, malformad*, formato invalido, formato no valido, 形式が, 格式错误, 格式不正确, неверный формат",
    ),
    (
        Term::Changed,
        "geandert*, zuruckgesetzt, modifie*, change, cambiad*, cambio, alterad*, modificat*, cambiat*, gewijzigd, 変更, 修改, 更改, измен*, сброш*",
    ),
    (
        Term::Rate,
        "zu viele anfragen, anfragelimit, ratenlimit*, ratenbegrenzung, demasiadas solicitudes, demasiadas peticiones, limite de solicitudes, trop de requetes, \
         limite de requetes, limite de debit, muitas solicitacoes, muitas requisicoes, limite de requisicoes, limite de taxa, troppe richieste, limite di richieste, te veel verzoeken, te veel aanvragen, \
         リクエストが多すぎ, リクエスト数が, レート制限, 上限に達し, 频率限制, 请求过于频繁, 过于频繁, 请求频繁, 次数超限, 调用次数, 超过限制, 超出限制, 限流, 要求過多, \
         слишком много запросов, лимит запросов, превышен*",
    ),
    (
        Term::Retry,
        "spater erneut, reessayer plus tard, reessayez plus tard, plus tard, mas tarde, mais tarde, piu tardi, later opnieuw, しばらく, 稍后, 稍後, позже, повторите",
    ),
    (
        Term::Outage,
        "wartung*, wartungsarbeiten, nicht verfugbar, mantenimiento, no disponible, manutencao, indisponivel, manutenzione, non disponibile, indisponible, \
         onderhoud, niet beschikbaar, interner fehler, interner serverfehler, error interno, erreur interne, erro interno, errore interno, interne fout, メンテナンス, ご利用いただけません, 内部エラー, サーバーエラー, 维护, 維護, 服务不可用, 系统繁忙, 系统错误, 内部错误, 服务器错误, 服务异常, \
         технически* работ*, недоступ*, внутренняя ошибка, ошибка сервера",
    ),
    (
        Term::Cancelled,
        "abgebrochen*, annule*, cancelad*, cancelo, annullat*, geannuleerd, キャンセル, 取消了, 用户取消, 用户拒绝, 拒绝授权, отмен*, ユーザーが拒否, benutzer hat abgelehnt, usuario denego, \
         utilisateur a refuse, usuario recusou, utente ha negato, пользователь отклонил, пользователь отказал*",
    ),
    (
        Term::Sso,
        "inicio de sesion unico, authentification unique, einmaliges anmelden, シングルサインオン, 单点登录, 單一登入",
    ),
    (
        Term::Mfa,
        "mehrstufig*, zwei faktor*, mehrfaktor*, authentification multifacteur, doble factor, dos factores, dois fatores, due fattori, autenticazione a piu fattori, multifactor, tweestaps*, \
         多要素認証, 多因素, 双重验证, 两步验证, 二次验证, двухфактор*, многофактор*",
    ),
    (
        Term::Blocked,
        "blockiert*, durch ihren administrator, eingeschrankt*, restringid*, restreint*, limitato da, beperkt door, 制限されています, ブロックされ, 被阻止, 受限, 阻止, заблокир*, ограничен*, wenden sie sich an, pongase en contacto, contactez, contatta, neem contact op, 联系, обратитесь",
    ),
    (
        Term::Unauthenticated,
        "nicht angemeldet, authentifizierung fehlgeschlagen, authentifizierungsfehler, echec de l authentification, echec de lauthentification, authentification a echoue, autenticacion fallida, error de autenticacion, falha na autenticacao, \
         autenticazione fallita, autenticazione non riuscita, verificatie mislukt, 認証に失敗, 認証エラー, 认证失败, 验证失败, 鉴权失败, 身份验证失败, ошибка авторизации, ошибка аутентификации, не авторизован*",
    ),
    (
        Term::Approval,
        "nicht verifiziert, nicht uberpruft, testbenutzer, no verificad*, non verifiee, nao verificad*, non verificat*, niet geverifieerd, 未审核, 审核中, 未发布, 未上线, 審査, テストユーザー, テスト中, 未承認, не прошло проверку, не проверено",
    ),
    (
        Term::NotAssigned,
        "nicht zugewiesen, no asignad*, no esta asignad*, non attribue*, nao atribuid*, non assegnat*, niet toegewezen, 割り当てられていません, 未分配, не назначен*",
    ),
    (
        Term::Share,
        "freigegeben, compartid*, partage, partagee, compartilhad*, condivis*, gedeeld, 共有されて, 共享, 分享, не является участником, kein mitglied, no es miembro, pas membre",
    ),
    (
        Term::Clock,
        "uhrzeit, systemzeit, hora del sistema, horloge, orologio, システム時刻, 時計, 系统时间, 时间戳, 时钟, системное время, часы",
    ),
    (Term::Or, "oder, ou, oppure, или, または, もしくは, 或者, 或, 又は"),
    (Term::GrantType, "gewahrungstyp*, tipo de concesion, tipo de concessao, type d octroi, 授权类型, 許可タイプ"),
];
