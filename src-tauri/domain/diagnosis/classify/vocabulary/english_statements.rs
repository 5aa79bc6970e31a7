//! Whole statements, in English and in the codes of programs [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    (
        Term::Clock,
        "specified timestamp, illegal timestamp, timestamp is illegal, clock*, time skew, timeskew*, skew*, too skewed, iat, nbf, issued in the future, in the future, used before, \
         used too early, too early, system time, local time, timestamp refused, invalid timestamp, timestamp invalid, \
         timestamp out, oauth timestamp, bad timestamp, timestamp used, future timestamp, issued at in the, \
         short lived token, reasonable timeframe, server time, time difference, timestamp is, timestamp expired, \
         check your date, date header is, date header does not, date header out, date header must be within, date header too, date header differs, date header expired, invalid date header, stale date header, issued at time, not before claim, not yet current, before now, request time",
    ),
    (
        Term::NotYetValid,
        "token prior to, not yet valid, not valid yet, isnt valid yet, not yet current, not yet active, isnt yet valid",
    ),
    (
        Term::Sso,
        "saml*, sso, single sign on, single signon, sso enforce*, sso required, ssorequired, identity provider login, \
         samlenforcement, org sso, re authenticate to, reauthenticate to, re authenticate with your, reauthenticate with your, \
         re authentication with your, reauthentication with your, re authenticate for this, reauthenticate for this, \
         authenticate with your organi*, authenticate to your organi*, authenticate to this organi*, \
         through your identity provider, with your identity provider, via your identity provider, your organizations identity provider",
    ),
    (Term::OfflineAccess, "offline access*, offlineaccess, access type offline, offline scope*, offline token*"),
    (Term::SsoToken, "sso token*, sso ticket*, sso session*, sso code*, saml token*, saml response*, saml artifact*"),
    (
        Term::Mfa,
        "authenticator code*, authenticator app*, log in to www, follow the instructions, mfa*, multi factor*, multifactor*, two factor*, validation required, 2fa, 2 step*, two step verification, two step, second factor, step up, stepup, strong auth*, otp, \
         one time password*, one time pin*, one time passcode, challenge required, verification required, rapt, rapt required, reauth*, \
         authentication context, acr, acr values, device authentication required, recent authentication, \
         stronger authentication, checkpoint, verify your identity, confirm your identity, identity verification, \
         verify it s you, security challenge, user must enroll, enroll in, security checkpoint, sign in code, code has been sent, code was sent, auth factor, x 2fa*, x mfa*, x otp*, otp required, \
         password change required, must change password, additional verification, session control*, biometric",
    ),
    (
        Term::Interaction,
        "re authenticat*, re auth, interaction required, login required, loginrequired, user interaction, sign in required, signin required, \
         interactive authentication, interactive sign in, interactive login, log into, log in at, interactively, \
         account selection required, must log in, must sign in, not signed in, must accept, \
         accept the terms, terms of service, terms of use, login is required, user action required, \
         requires user interaction, user must authenticate, web auth required, webauthrequired, prompt none, fresh login, verify their email, verify your email, \
         verified email, unverified email, unverified user email, email is not verified, email not verified, \
         verified primary email, confirmed e mail*, confirmed email*, unconfirmed email*, confirm your email, confirm your e mail, email not confirmed, email is not confirmed, not fully set up, required action*, terms not accepted, not accepted the terms, not accepted all, has not accepted, have not accepted, must agree, not agreed to, \
         required agreement*, accept the agreement*, needs agreement*, accept the latest",
    ),
    (
        Term::Rate,
        "error 1015, error code 1015, query limit*, queries per, operation time limit, usage cap*, request cap*, request quota, burst limit, call rate, calls exceeded, exceeded the allowed number, too many queries, bandwidth limit, limit of calls, tpm limit, rate limit*, ratelimit*, rate exceeded, rate is exceeded, too many request*, toomanyrequests, too many call*, \
         throttl*, request limit*, \
         call limit*, credits exhausted, no credits left, out of credits, insufficient credits, not enough credits, quota, quotas, quotaexceeded, quota limit*, quotalimit*, calls per, requests per, requests made too, slow down, slowdown, flood*, usage limit*, daily limit, hourly limit, \
         monthly limit, call volume, concurrency limit, concurrent request*, limit reached, limit exceeded, limitexceeded, rate limited, frequency of request*, frequency exceed*, traffic limit*, \
         ratelimited, enhance your calm, spike arrest, frequency limit, out of limit, requests exceeded, request rate, \
         exceeded the limit, api limit*, exceeded your, hit the limit, too frequen*, too often, request is limited, requests limited, request limited, call is limited, calls are limited, api is limited, flow control*, traffic control*,  too fast, over the limit, \
         complexity budget, cost limit, points limit, request loop, loop detected, per second, per minute, per hour, per day, retry after, \
         minute limit, limit of requests, over quota, request was throttled, api usage exceeded, \
         exceeded maximum number of requests, maximum request*, too many times, request limit reached, \
         too many failed, too many attemp*, too many login, too many token requests, requesting too many tokens, \
         same arguments in less, qps limit*, qpslimit*, qps, exceeded request, exceeds request, rate exceed*, budget exhausted, request budget, capacity exceeded, high volume",
    ),
    (
        Term::Retry,
        "try again later, try again in, retry later, please wait, try later, please try again after, try again after, try again soon, please retry, \
         temporarily, later time, few minutes",
    ),
    (
        Term::Outage,
        "temporarily unavailable, service unavailable, serviceunavailable, maintenance, internal server error, \
         internal error, internalerror, server error, servererror, backend error, backenderror, overload*, bad gateway, gateway timeout, upstream, \
         system error, outage, currently unavailable, down for, something went wrong, server is busy, system is busy, service busy, unexpected condition, \
         unexpected error, temporary error, temporary failure, transient, service is unavailable, temporary problem, \
         unable to process your request at this time, servers are, encountered an error, currently unable, \
         technical difficult*, an error occurred while processing, unhandled exception, database error, \
         service temporarily, temporary issue, server unavailable, service degraded, read only mode, downtime, \
         an error occurred in, an error occured in, unknown exception, server too busy, dependency failure, out of service, web server is down, origin is unreachable, oops, \
         connection to origin",
    ),
    (
        Term::Approval,
        "developer inactive, developer is inactive, developer account is inactive, limited user list, user list, list of test, developer list, not in the list of users, beta users, beta program*, early access, waitlist, not verified by, unverified app*, app is not verified, app not verified, verification process, not been verified by, not approved, unapproved, \
         isnt approved, not been approved, pending approval, pending review, under review, in review, not reviewed, \
         app review, not published, unpublished, not live, test user*, tester*, development mode, developer mode, dev mode, \
         testing mode, sandbox mode, in development, in testing, being tested, testing status, not distributed, non distributed, trial access, \
         not available to your, not registered in the developer, developer dashboard, advanced access, \
         not been released, app not active, app is not active, app not setup, not accessible right now, \
         developer is re, approved by, not passed review, not completed the, awaiting approval, developers account, \
         only available to developers, draft mode, draft app, private beta, closed beta, isnt available to, not been reviewed, \
         app is still, limited to developers, partner approval, not public, needs approval, approval from, not yet been approved, \
         app is in draft, unaudited client, has not been vetted, not been granted access to the api, app unavailable, \
         standard access, elevated access, whitelisted for this app, not verified app, owner only, not usable by user*, application connection error, user not registered, user is not registered for, may not be registered, connected athletes, isnt published, \
         trial mode, installation limit, install limit, user limit, developer testing",
    ),
    (
        Term::Share,
        "shared with, not shared, share the, share it, share this, shared, sharing, not a member, isnt a member, not member, \
         not in channel, not in the channel, not a collaborator, must be a member, not been shared, is private, \
         not invited, invite the, add the integration, add your integration, isnt in the, not a participant, not part of this, \
         must belong to, must be part of, not belong to this, this private, private blog, private profile, no membership, be a member of, valid membership, lacks membership, not a team member, not an admin of, not in this",
    ),
    (
        Term::NotAccessible,
        "not accessible, inaccessible, not have access, doesnt have access, dont have access, cannot view, cant view, not visible, \
         cannot see, access denied, accessdenied, access is denied, access was denied, permission denied, permissiondenied, \
         no permission, without permission, not have permission*, doesnt have permission*, dont have permission*, \
         access forbidden, missing access, not authorized to access, not authorized to view, not authorized to perform, not authorized to manage, \
         not allowed to access, not allowed to view, not allowed to perform, not permitted to access, cannot access, cant access, \
         restricted resource, missing permissions, not viewable, unauthorized to access, unauthorized to perform, no access to, no rights, \
         access to this resource, not have sufficient, not have the necessary, not have the required, unable to access",
    ),
    (
        Term::Cancelled,
        "cancel*, user denied, userdenied, denied by user, denied by the user, user declined, user rejected, user refused, consent denied, \
         consent rejected, did not consent, denied access, aborted, declined, user cancelled, cancelled by user, canceled by user, cancelled by the user, canceled by the user, resource owner denied, \
         owner or authorization server denied, didnt approve, did not approve, user did not authorize, \
         did not authorize, not grant access, did not allow, end user denied, enduser denied, end user aborted, user clicked, \
         user has denied, user has declined, user has rejected, user has cancelled, they denied, they refused, they rejected, \
         user said no, user did not grant, denied authorization, authorization denied, authorization was denied, \
         authorization request was denied, declined to, refused to, closed the window, permissions error",
    ),
    (
        Term::Blocked,
        "blocked, block, blocks, restricted, not allowed by, disabled by, denied by, prevented by, prohibited by, \
         restricts, has restricted, turned off by, has disabled, has not allowed, has blocked, approval required, \
         requires approval, must approve, must be approved, must enable, ask your, contact your, contact the, \
         needs permission to access resources in your, approve this app, app approval, grant permission to this app, \
         must authorize, hasnt allowed, hasnt enabled, must allow, restriction*, app blocked, appblocked",
    ),
    (
        Term::NotAssigned,
        "directly assigned, not a direct member, not assigned, isnt assigned, not been assigned, not assigned to, no assignment, not pre authorized, \
         not preauthorized, not been pre approved, not admin approved, hasnt approved this consumer, \
         hasnt approved this, admin approved users, user is not admin approved, permitted to use this client, permitted to use this app*, allowed to use this client, authorized to use this client, no access to application, \
         not allowed to use this app, not allowed to access this app*, not authorized to use this app*, not been provisioned for, permission to use this app*, permission to use the app*, \
         permission to access this app*, access to the application, access to this application, not have access to the app",
    ),
    (
        Term::NoCredential,
        "unregistered callers, without established identity, missing oauth token, no authorization header, no header authorization, no auth header, credentials were not provided, no credentials, no user credentials, no token, token not provided, token is not provided, token was not provided, token is not present, token was not present, no access token, \
         not authed, notauthed, missing token, anonymous, apikey missing, api key missing, api key is missing, missing api key, api key is required, api key required, not include credentials, no api key, missing required authentication credential, \
         missing authentication, no bearer, credentials missing, \
         missing credentials, missing authorization, authorization missing, \
         missing access token, access token is missing, access token missing, access token required, access token is required, \
         access token must be, access token not provided, token is missing, token missing, token required, \
         token is required, token must be provided, token is empty, token cannot be empty, token can not be empty, token must not be empty, token may not be empty, token cannot be null, token cannot be blank, access token is empty, empty token, \
         without an access token, without access token, header missing, header is missing, missing header, \
         header not found, header is required, header required, header not present, not contain an access token, \
         active access token must be used, \
         token not found in, token not supplied, no auth token, \
         no authorization, token not present, no oauth token, \
         authentication information is not given, authentication credentials were not, credentials are missing, \
         authentication credentials are missing, authentication parameters missing, not contain a token, could not find token, \
         unable to find token, invalid or missing authorization, no jwt, bearer token missing, bearer token is missing, \
         missing bearer, bearer token required, bearer token is required, bearer token not found, bearer token not provided, \
         bearer token was not provided, bearer token is empty, bearer token empty, bearer token expected, bearer missing, \
         expected a bearer, expected bearer, bearer expected, bearer scheme, must start with bearer, start with bearer, \
         begin with bearer, must be bearer, must be a bearer, should be bearer, use bearer, not a bearer, prefixed with bearer, \
         bearer prefix, lacks an access token, lacks a token, lacks a bearer, without a token, without token, \
         without a bearer, without bearer, without authorization, without credentials, no authentication token, \
         no authentication header, access token was not provided, access token not found in, access token not present, \
         not include an access token, not include a token, not contain a bearer, not include an authorization, \
         not contain an authorization, token expected, authorization not provided, authorization is missing, \
         no authentication provided, no authentication credentials, authorization header missing, absent bearer, bearer token was not found, \
         header must be in the format",
    ),
    (
        Term::ForAnother,
        "must be called with, must be called using, meant for, are for, only meant, not meant, intended for, only valid for, valid only for, only usable for, usable only, \
         only be used for, only be used with, only be used by, only be used to, only be used at, not for this, not for use, \
         not valid for this, not valid at this, not valid here, not an api token, not an access token, not a api token, not a user token, \
         not an oauth token, not a pds, is not a valid access token type, internal use only, access token is expected, access token expected, \
         expected an access token, expected access token, not accept access tokens, not accept oauth, not accept this, \
         not accept tokens, not accept user, not accept bot, not accept api, not accept personal, not accept id tokens, \
         reserved for, instead of an access token, instead of access token, instead of a user token, not usable here, but got an id token, got a refresh token, \
         not designated for, not suitable for, tokens may call, tokens can call, tokens are allowed to call, another resource, \
         other resource server, wrong resource server, wrong resource, another service, different service, \
         different resource server, another server",
    ),
    (
        Term::OwnRole,
        "one of the roles, role insufficient, no admin authority, only project owner*, only team owner*, role required, role is required, roles required, owner or admin, admin or owner, admin role, administrator role, owner role, \
         manager role, editor role, requires admin, requires owner, requires administrator, requires manager, required role, \
         required user role, missing role, insufficient role, minimum role, your role, user role, users role, role is not, \
         role does not, role doesnt, role cannot, admin rights, administrator rights, owner rights, admin privilege*, \
         administrator privilege*, administrative privilege*, owner privilege*, administrative rights, superuser, super user, \
         super admin, admin access required, admin access is required, requires admin access, admin permission*, administrator permission*, \
         owner permission*, manager permission*, must be an admin*, must be admin*, must be a administrator, must be an owner, must be owner, must be the owner, \
         must be a manager, must be a moderator, must be a site admin*, must be a super*, must be a workspace admin*, must be an organization admin*, \
         must be a member, be an owner of, be an admin*, be the owner, be an organization, only admin*, only owner*, only the owner, \
         only workspace admin*, only organization admin*, only org admin*, only team admin*, only account admin*, only account owner*, by account owner*, by account admin*, \
         by admin* only, by administrators, for administrators, for admins, to administrators, to admins, to owners, \
         not an admin*, not an owner, not the owner, isnt an admin*, isnt the owner, isnt an owner, not an account admin*, \
         not a workspace admin*, not a site admin*, not allowed for this user, user does not have permission*, user doesnt have permission*, \
         user lacks, user has insufficient, user does not have the required, user does not have sufficient, \
         user does not have enough, user does not have access, your account does not have, your account doesnt have, \
         your account has insufficient, your user does not, your user doesnt, you do not have sufficient, you lack, \
         you dont have sufficient, you do not have enough, you dont have enough, you do not have the required role, \
         you do not have the rights, you dont have the rights, must have the role, have the role, has the role, need the role, needs the role",
    ),
    (
        Term::Setup,
        "authorization server, authorizationserver, auth server, authorisation server, idp, \
         authorization policy, sign in policy, public client app, oidc provider, openid provider, \
         oauth provider, oauth configuration, oauth config, oauth client app, issuer",
    ),
    (
        Term::Unauthenticated,
        "requires authentication, authentication required, must be authenticated, must authenticate, need to be authenticated, \
         must be logged in, authentication is required, full authentication is required, no authentication, \
         unauthorized, unauthorised, unauthenticated, not authenticated, authentication failed, authentication failure, \
         bad credentials, invalid credentials, please sign in, please log in, please login, auth required, web auth required, webauthrequired, not logged in, login failed, could not authenticate, authentication error, auth failed, \
         authorization failed, authorization failure, failed authentication, failed to authenticate, unable to authenticate, \
         authenticationfailed, authentication unsuccessful, authorization unsuccessful, invalid auth, invalid authentication, not authorized, \
         invalid authorization, couldnt authenticate, cannot authenticate, auth error, authentication fault, \
         invalid api key, not authorised, please authenticate, authenticate, authorization error, auth fail*, \
         invalid credential, credential is invalid, credentials are invalid, access credentials, login required, login is required, must log in, must sign in, log in first, sign in first, login first",
    ),
    (
        Term::OtherAccount,
        "another region, another data center, another datacenter, wrong account, wrong workspace, wrong organization, wrong organisation, wrong tenant, wrong realm, wrong site, wrong region, \
         wrong data center, wrong datacenter, different account, different workspace, different organization, \
         different organisation, different tenant, different company, another account, another workspace, \
         another organization, another organisation, another tenant, another company, another user, different user, \
         wrong user, other account, other organization, user mismatch, account mismatch, tenant mismatch, realm mismatch, \
         wrong environment, wrong domain, wrong portal, wrong company, wrong shop, different shop, different realm, \
         different site, different team, wrong team, different region, different domain, wrong instance, does not exist in tenant, not exist in tenant, \
         not associated with any*, no accessible customers, not linked to any*, incorrect account, incorrect tenant, incorrect realm, incorrect region, incorrect subdomain, \
         organization mismatch, organisation mismatch, workspace mismatch, region mismatch, company mismatch, domain mismatch, \
         wrong location, not linked to this account, invalid realm, invalid tenant, tenantid mismatch, tenant id mismatch, \
         wrong data centre, incorrect domain, access tenant, different data center, other data center",
    ),
    (
        Term::EnableApi,
        "api is unauthorized, has not been used in project, accessnotconfigured, access not configured, service disabled, api not enabled, \
         api is not enabled, api has not been enabled, enable it by visiting, apinotenabled, servicedisabled, \
         api is disabled, attached to a project, client not enrolled, not enrolled, subset of x, subset of twitter, \
         subset of the, product is not enabled, add the product, not subscribed to this api, not subscribed to api, not activated the, \
         enable the api, api not activated, apis not enabled, enable this api, not enabled for the project, \
         access to this api, api access is not enabled, not have access to this api, not have access to the api, subscribe to the api, \
         api product match, api call did not match, rest api enabled, access to the api product*, access to this api product*, consumer project, not enabled for this app*, \
         app is not subscribed, api unauthorized, app has no access to this api, enable the service",
    ),
    (
        Term::Deauthorised,
        "not authorized application, has not authorized application, not authorized the app*, has not authorized app*, user removed, \
         app is not installed, app not installed, has been uninstalled, was uninstalled, is not installed, app uninstalled, \
         not installed on, not installed for, installation not found, installation has been, removed the app, \
         removed the integration, no longer installed, app was removed, app has been removed, token was revoked, \
         authorization has been revoked, consent has been revoked, consent revoked, does not have access to your account any more, \
         app removed, bot was kicked, removed your app, \
         grant not found, user has removed, blocked by the user, blocked by user, deactivated the app, revoked by user",
    ),
    (Term::UserOrAdmin, "user or administrator, user or admin, users or admins, user or an administrator"),
    (Term::Or, "or, either, might be, may be, may have, and or, possibly, perhaps"),
    (
        Term::Boilerplate,
        "e g a bad password, e g authorization code, e g authorization, other than grant type, no client authentication included, \
         unknown malformed or exceeds, otherwise malformed, invalid for other reasons, includes an unsupported parameter, \
         is invalid expired revoked does not match, invalid expired revoked, utilizes more than one mechanism, \
         expired revoked malformed, unknown client no client",
    ),
    (
        Term::TokenLimit,
        "token limit*, too many tokens, too many unrevoked, too many active tokens, too many refresh tokens, maximum number of refresh tokens, \
         maximum number of tokens, maximum number of active, number of refresh tokens, exceeded the number of tokens, limit of refresh tokens, \
         limit of tokens, max tokens, maximum tokens, too many outstanding, too many sessions, session limit, \
         maximum number of sessions, too many active sessions, newer token was issued, newer tokens, older tokens, \
         oldest token, tokens per user, tokens per account, tokens per client, too many grants, \
         maximum authorizations, too many authorizations, refresh token limit*, maximum active",
    ),
    (
        Term::Portal,
        "captive portal, web filter*, zscaler, fortinet, fortiguard, proxy authentication required, proxy server, \
         blocked by your network, internet access, firewall authentication, content filter, hotspot, wifi login, \
         websense, forcepoint, netskope, bluecoat, web gateway, barracuda, umbrella, proxy error",
    ),
    (
        Term::AccountOver,
        "account is suspended, account suspended, account has been suspended, account was suspended, account is disabled, account disabled, \
         account has been disabled, account was disabled, user is disabled, user disabled, user has been disabled, account is locked, \
         account locked, account has been locked, account has been deactivated, account is deactivated, account deactivated, \
         account has been deleted, account deleted, account was deleted, account has been closed, account is closed, account closed, \
         account has been blocked, account is blocked, account blocked, account banned, account has been banned, user is blocked, \
         user is suspended, user suspended, user has been suspended, user is inactive, inactive user, user inactive, account is inactive, \
         account inactive, suspended account, user was deleted, user has been deleted, user deleted, user is deactivated, user deactivated, \
         user has been deactivated, user account is disabled, account has been terminated, account is not active, user is not active, \
         user banned, user is banned, account is frozen, user is locked, user locked, disabled user, deleted user, deactivated user, \
         your account was, account no longer exists, user no longer exists, account is no longer active",
    ),
    (
        Term::Upgrade,
        "please upgrade, upgrade your, upgrade to, upgrade the, upgrade plan, requires a paid, paid plan, requires a premium, premium required, \
         subscription required, requires a subscription, active subscription, plan does not, plan doesnt, current plan, your plan, \
         plan restricted, subscription has expired, subscription expired, trial expired, trial has expired, trial has ended, payment required, \
         not included in your, higher plan, license required, commercial plan*, available only on, only available on, only available for, only available in, not available on your, x upgrade url, no license, edition does not, upgrade required, subscription is not",
    ),
    (
        Term::Retired,
        "no longer supported, no longer valid, no longer available, no longer exists, no longer in use, deprecated, retired, sunset*, sunsetted, \
         decommission*, end of life, discontinued, shut down, has been removed, was removed, has moved, \
         migrat*, obsolete, is gone, permanently removed, turned off",
    ),
    (
        Term::OfNow,
        "it is now 0*, it is now 1*, it is now 2*, it is now 3*, it is now 4*, it is now 5*, it is now 6*, it is now 7*, it is now 8*, it is now 9*, time is now, current time, current date, server time is, now is, time now is",
    ),
];
