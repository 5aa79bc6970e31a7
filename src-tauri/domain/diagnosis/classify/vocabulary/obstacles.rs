//! What stands between a good credential and its use, in English and in the codes of programs: accounts under
//! suspicion, what a person has yet to do, what an organisation, a plan, a country or a provider's review forbids,
//! certificates, and requests that come twice or too late [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    // The account.
    (
        Term::AccountOver,
        "you are abusing, abusing the service, abusing our, abuse mode, service abuse, account restricted, account is restricted, account has been restricted, account was restricted, account is limited, account limited, account has been limited, account flagged, account is flagged, account has been flagged, account on hold, account is on hold, account hold, account under investigation, account is under investigation, account under review, account is under review, under investigation, moderated, user is moderated, is banned, pending deletion, scheduled for deletion, marked for deletion, account deletion, account lockout, account lock, admin initiated, locked by admin*, account is temporarily, account temporarily, temporarily locked, temporarily suspended, permanently suspended, permanently banned, permanently disabled, user is expired, user expired, user has expired, user account expired, user account has expired, account expired, account has expired, account is expired, dormant account*, account is dormant, account deactivation, account frozen, user frozen, user is frozen, account is terminated, account terminated, terminated account*, account violat*, violated our, violating our, violation of our, violates our, violation of the terms, violation of terms, violation of service terms, violating the terms, violating terms, violated the terms, violates the terms, tos violation*, terms violation*, terms of service violation*, policy violation by your account, breach of our terms, breach of the terms, breached our terms, submit an appeal, file an appeal, appeal this decision, appeal the decision, appeal this suspension, appeal this ban, appeal url, suspicious activit*, fraudulent activit*, fraud detected, not in good standing, delinquent*, account inaccessible, account disabled for, channel independent block*, psu blocked, customer is blocked, profile is blocked, profile suspended, profile has been suspended, member is suspended, member suspended, user has been banned, user has been locked, user was banned, user was suspended, user was blocked, user has been blocked, user was deactivated, identity is disabled, identity disabled, login has been disabled, is barred, account setup is incomplete, login temporarily disabled, merchant is inactive, merchant suspended, seller suspended, seller account, tenant is suspended, tenant suspended, tenant is disabled, organization suspended, organization is suspended, subscription is disabled, deemed abusive, abusive behavio*, abuse detected, temporarily blocked, user was removed from, user has been removed from, user removed from, removed from the organi*, removed from organi*, no longer a member, no longer belongs to, no longer part of, left the organi*, left the workspace, left the tenant, left the company, left the team, user has left",
    ),
    // What a person has yet to do.
    (
        Term::Mfa,
        "sca, scarequired, strong customer authentication*, psu authentication*, additional authentication, extra verification, \
         two factor authentication needed, verification code required, security code required, push notification, confirm the login, \
         confirm this login, confirm it was you, unusual sign in, suspicious login, suspicious sign in, unrecognized device*, \
         unrecognised device*, new device, unknown device, device not recognized, device verification, device is not trusted, untrusted device*, \
         captcha required, solve the captcha, complete the challenge, challenge is required, needs challenge, more information required, additional verification, set up additional, secure your account, approve this login, approve the login, approve this sign in, approve the sign in, approve the request on, on your phone, confirm the code, code we sent, enter the code, sent you a code, code sent to",
    ),
    (
        Term::Interaction,
        "button not pressed, press the button, press the link, corrective action*, privacy policy acceptance, action required to, user action is required, needs user action, needs attention, \
         accept our terms, accept new terms, accept the new terms, accept the updated terms, accept updated terms, updated terms, terms and conditions, \
         terms must be, conditions of use, license agreement*, licence agreement*, acceptance required, must be accepted, has to accept, \
         needs to accept, need to accept, phone verification, phone number verification, verify your phone, verify phone*, verify your number, \
         phone not verified, phone number not verified, email verification, verify email*, verify your e mail, verify your mail, email unverified, e mail not verified, \
         verify your account, account not verified, account is not verified, account verification, kyc*, \
         identity not verified, identity is not verified, complete your profile, profile incomplete, incomplete profile, profile is incomplete, \
         not onboarded, needs verification, email needs, complete your registration, complete the registration, complete registration, finish registration, registration incomplete, \
         incomplete registration, incomplete signup, incomplete sign up, complete signup, complete onboarding, onboarding required, \
         onboarding is not, onboarding not, finish setting up, set up your account, create a profile, no profile, must set a password, \
         password must be changed, change your password, password reset required, must reset, reset your password, re link the, re link your, must re link, please re link, \
         relink*, item login required, user setup required, setup required, user must reconnect, reconnect your account, \
         reconnect the account, please reconnect, reconsent*, renew your consent, re consent*, password has to be changed, age verification, update their password, update your password, update password, tos not accepted, tos not agreed, tos accepted, tos must, accept tos, accept the tos, new tos, agree to the, agree to our, not agreed, must be renewed, needs to be renewed, needs renewal, renew the connection, renew your connection, renew the consent, authorization must be renewed, email must be verified, e mail must be verified, phone must be verified, account must be verified, user must be verified, unverified user*, unverified account*, unconfirmed user*, unconfirmed account*, user not confirmed, user is not confirmed, user not verified, user is not verified, account not confirmed, account is not confirmed, not activated your account, activate your account, activation required, account not activated, account is not activated, agreement not accepted, agreement must, agreement is not accepted, agreement has not, must renew, renew authentication, renew bank, renew the authorization, renew your authorization, sign the new, sign the updated, sign the contract",
    ),
    (
        Term::Consent,
        "eula*, end user license*, end user licence*, agreement is missing, agreement missing, no agreement, agreement not signed, agreement is not signed, has not signed, not signed the",
    ),
    (
        Term::NotGranted,
        "acceptance failure, eula acceptance, eula not accepted, accept the eula, not accepted the eula, eula has not, eula is not, not permitted the app*, have not permitted, has not permitted, hasnt permitted, havent permitted, not allowed the app*, have not allowed the, has not allowed the, not authorised this app*, not authorized this app*, agreement is missing, agreement missing, no agreement, agreement not signed, agreement is not signed, has not signed, not signed the",
    ),
    // A sign-in that was left lying.
    (
        Term::Lapsed,
        "no active session, authentication expired, authentication session expired, authentication session has expired, authentication request expired, \
         authentication request has expired, login timeout, login timed out, login has timed out, login attempt timed out, login expired, \
         login has expired, sign in timed out, sign in has timed out, sign in expired, sign in has expired, sign in session, login session, \
         took too long, restart the process, restart the login, restart login, restart the sign in, restart the authentication, restart the flow, \
         action expired, page has expired, page expired, link has expired, link expired, code flow expired, request has expired, \
         authorization request has expired, authorization request expired, transaction expired, transaction has expired, flow expired, \
         flow has expired, cookie not found, cookies are disabled, cookies are not enabled, cookies are enabled, enable cookies, \
         session timed out, session has timed out, session has expired, session expired, already logged in, please start again, start over, \
         start the process again, start again, go back to the application, return to the application and, login ticket*, \
         we are sorry login, timed out waiting, waiting for you",
    ),
    // What a person may do, whoever carries the call.
    (
        Term::OwnRole,
        "user needs, user need, user must have, user should have, user requires, user profile, profile lacks, profile does not, user has no permission*, user has no right*, user has no access, user has no privilege*, user does not hold, user without permission*, users need, users must have, users with the, you need permission*, you need the, you need to have, you must have, you have no permission*, you have no right*, you are missing the, your role does not, your permission set, permission set*, permissions of your user, the user lacks, users permissions, user s permissions, your user lacks, your user account, caller does not, caller lacks, caller has no, authenticated user does not, authenticated user is not, authenticated user must, current user does not, current user is not a, current user is not an, current user is not the, current user is not allowed, current user is not authori*, current user is not permitted, current user has no, current user lacks, logged in user does not, principal does not, principal lacks, not enough rights, has not enough rights, not have rights, not have the right*, insufficient rights, insufficient access rights, user privileges",
    ),
    (
        Term::Deed,
        "to perform, perform that action, perform this action, perform this operation, perform the requested, to view, to edit, to delete, \
         to update, to modify, to create, to do that, to do this, to manage, to read, to see, to complete this, to make this, to access, \
         do that, do this, this action, that action, this operation, that operation, requested operation, requested action",
    ),
    // What an organisation forbids.
    (
        Term::Policy,
        "only users of, only users from, only members of, only members from, only employees, only accounts from, restricted to employees, limited to members, limited to employees, forbids access, forbids the use, forbids use of, third party access, third party application access, third party app access, third party apps, access has been turned off, turned off by, api is restricted, external access, external app*, external sharing, email domain, domain is not allowed, domain not allowed, not allowed domain, allowed domains, allowed group*, allowed list of users, allowed users, group membership, required group, hosted domain, domain restricted, restricted to members, restricted to users, internal users only, guests cannot, guests may not, guest users, guests are not, guest access, external users, personal accounts, personal account, consumer account*, consumer accounts, work or school, organizational account*, age restricted, parental control*, child account*, family group*, cannot consume, consumer group*, acl, blocked by your, device does not, device doesnt, comply with, does not comply, noncompliant, non compliant, unmanaged device*, company rules, company device*, corporate device*, cant get there from here, not meet the criteria, company settings, companys settings, organization settings, organizations settings, organisation settings, enterprise settings, workspace settings, team preference*, team setting*, tenant settings, under age, underage, age limit, age requirement*, minimum age, ekm, legal hold, information barrier*, not available to your organization, not available to your organisation, not available to your company, not available to your team, not available for your organization, not available for your company, not available for your team, not available in your organization, is not allowed to use this, by site settings, by settings, by the settings, by your settings, site settings, account type*, type of account, kind of account, company account, business account*, work account, microsoft accounts, accounts are not supported, admins only, administrators only, owners only",
    ),
    (
        Term::Upgrade,
        "subscription period, subscription for company has lapsed, billing problem*, trial or subscription, no active licen*, no valid licen*, licen* missing, license missing, licence missing, license is missing, missing license, missing licence, \
         license expired, license has expired, licence has expired, license not found, licence not found, not licensed, unlicensed, \
         does not have a license, doesnt have a license, without a license, license does not, licence does not, no licence, requires a license, \
         requires a licence, licence required, not included in the plan, not included in your plan, not part of your plan, not in your plan, \
         plan doesnt include, plan does not include, plan does not allow, plan does not support, free plan, free tier, free accounts, basic plan, \
         trial is over, trial over, trial period, trial ended, no active subscription, no subscription, subscription inactive, \
         subscription is inactive, subscription has ended, subscription ended, subscription has lapsed, subscription cancelled, \
         subscription canceled, subscription has been, subscription not active, subscription is not active, subscription is required, subscription needed, \
         add on is required, addon required, paid feature, paid account*, paid subscription*, premium account*, premium feature*, premium only, \
         pro feature*, upgrade needed, needs a paid, enterprise edition, enterprise plan, enterprise only, professional edition, \
         higher tier, higher edition, billing issue, past due, overdue, unpaid, payment overdue, payment is overdue, outstanding balance, \
         insufficient balance, insufficient funds, not enough balance, balance is insufficient, feature not available in your, product inactive, paying customer*, paid customers, paid users, paid plans, pro users, premium users, business customers, premium customers, enterprise customers, only for paid, trial organizations, trial users, trial customers, trial accounts, part of your contract, in your contract, contract does not, contract expired, contract has expired, no contract, purchase api, must purchase, need to purchase, has not purchased, not purchased, subscription tier*, subscription level*, plan tier*, service tier*, subscription type, not upgraded, plan does not cover, plan doesnt cover, subscription does not cover, upgrade package, current package, not paid for, api access enabled, contact sales, upgrade your package, package does not, your package",
    ),
    (
        Term::ApiUse,
        "api access is, api access has, api access for, api access to, api access denied, api access disabled, api access restricted, api access blocked, no api access, not have api access, access the api, use the api, use of the api, use our api, access to api, access to the api, access via api, access via the api, access through the api, api usage is, rest api access, consume this service",
    ),
    // The network and the country.
    (
        Term::Address,
        "ip, ips, ip address, ipaddress, remote address, client address, source address, your address, caller address",
    ),
    (
        Term::Ip,
        "verified ip, authorized ip, authorised ip, authorization ip, allowed ip*, unregistered ip*, registered ip*, whitelisted ip*, whitelist ip*, unauthorized ip*, ip unauthorized, unmatched ip*, ip mismatch, ip changed, ip has changed, bound ip*, different ip*, another ip, new ip, ip limit*, ip control*, ip is blocked, ip blacklist*, blacklisted ip*, banned ip*, ip banned, ip has been, ip ban, non whitelisted, unsupported country*, country not supported, country is not supported, country not allowed, country blocked, country is blocked, unsupported region*, region not supported, region is not supported, not supported in your, available in your country, available in your region, available in this region, available in this country, available in your location, available in your area, in your jurisdiction, geo restrict*, georestrict*, geo location*, geolocation*, geographic*, geofenc*, embargo*, sanctioned*, sanctions, from location, from this location, from your location, from this country, from your country, from this region, restricted location*, restricted country*, restricted region*, country restrict*, region restrict*, territory, from this network, from your network, your network, this network, network is not, network not allowed, vpn, vpns, proxy detected, tor exit*, anonymizer*, anonymous proxy, hosting provider*, datacenter ip*, access from outside, outside of the country, outside the country, login from outside, unknown location, unrecognized location, blocked location, from datacenters, from data centers, datacenters are, from cloud providers, by firewall, by the firewall, by our firewall, by a firewall, waf, security rule*, host not in, host not allowed, host is not allowed, hosts are not, network rules, network rule, firewall rule*, virtual network*, private endpoint*, vnet, private link, network security, network access, public network, ip rule*, outside the eu, outside the us, outside europe, outside your region, only available in the, hosting network*",
    ),
    // What a provider has yet to switch on or to look at.
    (
        Term::EnableApi,
        "api permission package, permission package error, must be registered in the current region, must be registered in this region, for your project, in your project, not added to your app, not added to the app, apiproduct*, api product*, no apiproduct, subscription to the api, subscription to this api, subscribe to this api, api subscription, subscription validation failed, no subscription for, not subscribed to this, not subscribed to the api, not subscribed to this api, enable billing, billing has not been enabled, billing must be enabled, billing is not enabled, following products, activate it in, activate the service, activate this api, activate the api, request access to this api, not have access to this service, not have access to the service, authorized to use this api, authorized to use this service, authorized to use the api, not authorised to use this, service is not activated, service not activated, service has not been activated, service not enabled, service is not enabled, service disabled for, subset of api, different access level, product not enabled, product is not active on, product not activated, product not subscribed, service not subscribed, not opted in to, feature is not enabled for this app*, api is not available for, not enabled for your app*, not enabled for this client, client is not enabled for, app is not enabled for, enable this service, api has not been added, add this api, capability is not enabled, service not open, openapi service, no openapi service, api restrictions, requests to this api, are blocked requests, legacy api, not activated on your api project, api is not activated, module is not installed, module not installed, api module, plugin is not installed, not been requested for, web service is not available, web services are disabled, web services are not, webservices are disabled",
    ),
    (
        Term::Approval,
        "app isnt available right, app is not available right, still reviewing, still being reviewed, not yet published, yet to be published, not yet live, not yet approved, not yet verified, only developers of, approval pending, \
         approval is pending, is pending approval, request is pending, application pending, application is pending, pending verification, awaiting review, \
         awaiting verification, in moderation, on moderation, under moderation, certification required, not certified, app certification, \
         registration is not complete, unfinished registration, apply for access, request access, apply for production, production access, \
         not passed review, has not passed, app not live, not in production, not production ready, security review, compliance review, \
         audit required, not audited, unverified client*, unverified application*, unapproved app*, unapproved client*, \
         not been approved by, verified publisher, unverified publisher*, publisher is not verified, publisher not verified, application is not whitelisted, app is not whitelisted, app not whitelisted, application not whitelisted, client is not whitelisted, client not whitelisted, certification needed, certification is, needs certification, requires certification, app partner, not certified, maximum number of connected, connection limit for uncertified, uncertified, preview access, private preview, this preview, preview program*, limited preview, guest list, this beta, in beta, beta testers, beta list, closed testing",
    ),
    (
        Term::TestingOnly,
        "in allowed list, in the allowed list, not in allowed list, recipient phone number not, trial accounts cannot send, trial accounts may only, unverified numbers, unverified number, authorized recipients, sandbox subdomain*, test purposes only, for test purposes, for testing purposes, verified recipients, only send testing, testing emails, still in sandbox, app is in sandbox, application is in sandbox, still in development, still in testing, limited to testers, limited to test users, invited users only, allowlisted users, whitelisted users, test accounts, test account only, development apps, development app, dev app, not an invited user, early adopter*, pilot users, pilot program*, only available to testers",
    ),
    (Term::DeveloperToken, "developer token*, developertoken*, quota check error invalid token header"),
    (Term::ByName, "quota check error, header error developer token*, authorization error developer token*"),
    // Certificates.
    (
        Term::Certificate,
        "certificate*, client cert, client certs, ssl cert, tls cert, mtls, mutual tls, qwac*, qseal*, qsealc, eidas*, x 509, x509*, \
         thumbprint*, tls client auth, tpp cert*, cert",
    ),
    // Keys that name a client.
    (
        Term::ApiKey,
        "subscription key*, service key*, servicekey*, user key*, userkey*, access key id*, accesskeyid*, access key, app key*, appkey*, key inactive, key is inactive, key disabled, key is disabled, key revoked, verify your key, key parameter, key not registered, key is not registered, license key*, server key*, browser key*, secret key*, api secret*, apisecret*, api id*, application key*, partner key*, merchant key*",
    ),
    (
        Term::NoCredential,
        "missing subscription key, subscription key missing, no subscription key, subscription key was not, subscription key not, no key provided, key was not provided, key not provided, header must be, must be in the form, should be in the form, in the format bearer, in the form bearer",
    ),
    (
        Term::NotFound,
        "not a known, isnt a known, not known, is not known, isnt known, unrecognized by, nomatch, plat nomatch",
    ),
    (
        Term::NotRegistered,
        "not registered error, unregistered, not on the list, not on the allow*, is not on the, not allow listed, not allowlist*, not on our, isnt on our, isnt on the, not among, isnt among",
    ),
    // What comes twice or too late.
    (
        Term::Nonce,
        "jti, duplicate request*, duplicated request*, repeated request*, request repeated, request is repeated, request replay*, replayed request*, \
         request has been processed, request already processed, request was already processed, already been processed, idempotency key*, \
         idempotent request*, duplicate submission*, duplicate call*, nonce has been, nonce already, nonce reuse*, nonce is not, nonce too, \
         must be increasing, greater than the last, proof has already, proof already, proof replay*, proof reuse*, proof was already, replay detected, already submitted",
    ),
    (
        Term::Clock,
        "time stamp*, timestamp request, timestamp of the request, query out of time, request out of time, out of time, request is too old, request too old, message is too old, message too old, date is too old, date too old, too far from, too far in the past, seconds off, differs from the server, ahead of the server*, ahead of server*, behind the server*, server s time, servers time, is now earlier than, now earlier than, now later than, request date, x date, date header must, timestamp must, timestamp differs, timestamp drift*, expired timestamp, timestamp has expired, timestamp is expired, time is incorrect, incorrect time, wrong time, invalid time, check your clock, system clock, device time, server clock, the date and time, date and time on, time and date, computers clock, computer clock, clock is, is ahead, ahead of ours, message is older, request is older, message older, request older",
    ),
    (
        Term::RequestSignature,
        "method signature*, missing signature, invalid or missing signature, missing or invalid signature, signature missing, signature is missing, signature required, signature is required, no signature, signature expired, signature not yet, signature for this request, api invalid signature, api signature*, api sign*, user signature, sign error, sign invalid, invalid sign, sign check*, sign verify*, wrong signature, signature wrong, signature incorrect, incorrect signature, signature verify fail*, checksum*, digest does not, digest mismatch, digest header, invalid digest, message signature, body signature, payload signature, header signature, signing failed, signature could not be verified for, jws signature*, detached jws*, obie signature*, eapi invalid signature, signature of request, signature for the request, message authentication code*, signature of message, mac signature*, computed signature, signature found in, request mac, mac mismatch, invalid mac",
    ),
    // Limits.
    (
        Term::Rate,
        "abuse detection*, abuse limit*, abuse rate, number of service requests, requests exceeds, request exceeds, limited number of, over limit, query over, over qps, used up, temporary lockout, one token request per, once per, once a minute, once every, at most one, daily query*, daily request*, daily quota, daily call*, monthly quota, monthly call*, hourly quota, call limited, calls limited, requests limited, request cap, maximum number of calls, maximum number of requests, maximum calls, number of calls, number of requests, call count, allowance exceeded, allowance is, allowance has, usage exceeded, exceeded quota, exceeds quota, exceeds the limit, exceeds limit, exceeded rate, concurrent call*, too quickly, too rapidly, slow your, wait a minute, cool down, cooldown, backoff, back off, velocity limit*, volume limit*, resource exhausted, resourceexhausted, budget reached, monthly budget, access exceeded, frequency of access, used all, api calls for today, calls for today, requests for today, calls left, requests left, calls remaining, requests remaining, too many tokens requested, tokens requested recently, token requests, maximum request count, aufrufkontingent*, abfragekontingent*, anfragekontingent*, anrufkontingent*, request count, call limit has, limit for today, limit for this month, limit for the day",
    ),
    // Which account a call goes to.
    (
        Term::OtherAccount,
        "api access point*, access point, base uris, correct data center, correct datacenter, correct region, correct host, correct instance, correct server, correct endpoint for, correct base url, correct account, wrong host, wrong server, wrong base url, wrong cluster, wrong shard, wrong pod, another pod, other pod, different pod, another shard, another cluster, different cluster, another instance, different instance, another site, another realm, wrong dc, not hosted here, token does not have access to this location, token does not have access to this account, token does not have access to this company, token does not have access to this workspace, token does not have access to this organization, token does not have access to this site, token does not have access to this shop, token does not have access to this store, token does not have access to this sub account, token does not have access to this tenant, token does not have access to this portal, not valid for this account, not valid for this workspace, not valid for this tenant, not valid for this organization, not valid for this company, not valid for this site, not valid for this store, not valid for this shop, belongs to tenant, belongs to workspace, store mismatch, shop mismatch, site mismatch, merchant mismatch, environment mismatch",
    ),
    (
        Term::ForAnother,
        "is for the sandbox, is for sandbox, is for production, this is production, this is the sandbox, this is sandbox, is for another, is for a different, is a test token, is a live token, not accept machine, not accept service, not accept app, not accept client, not accept bearer, against live, against test, with live, on a live, on a test, used as access token, used as an access token, used as bearer, as access token, as an access token",
    ),
    (
        Term::TokenKind,
        "machine token*, m2m token*, user level token*, user level access*, account level token*, location level*, agency level*, company level token*, \
         organization level token*, org level token*, system token*, admin token*, guest token*, anonymous token*, device token*, partner access token*, \
         merchant token*, publishable key*, restricted key*, ephemeral key*, a bot, bots cannot, bot cannot, bots are not, bots can not, bot can not",
    ),
    (
        Term::Scope,
        "does not cover, doesnt cover, not covered by, not granted call, call has not been granted, call not granted, call is not granted, granted call*",
    ),
    (
        Term::NotAllowed,
        "cannot call, cant call, may not call, cannot be called, cannot invoke, may not be called, does not let, doesnt let, do not let, dont let, will not let, not let you",
    ),
    (
        Term::Expired,
        "no longer be used, is over, lifetime reached, lifetime has been reached, maximum lifetime reached, absolute lifetime, age exceeded, session lifetime, reached its maximum, reached its end",
    ),
    (
        Term::Sso,
        "companys identity provider, company s identity provider, organizations identity provider, organisations identity provider, corporate identity provider, enterprise identity provider, company identity provider, use okta, via okta, with okta, through okta, sso authorization, federated login required, federated user*, must use single",
    ),
    (Term::Audience, "token use"),
    (
        Term::Session,
        "your login has, login has expired, login expired, logon expired, sign in has expired, signin expired, your sign in, your authentication has",
    ),
    (
        Term::ClientId,
        "deleted application*, application has been deleted, application was deleted, app was deleted, app has been deleted, deleted app, client was deleted, client has been deleted",
    ),
    (
        Term::Suspended,
        "blocked from performing, blocked from using, abuse, abusing, abusive, suspend*, banned, deactivated, deprovision*, gesperrt, suspendu*, suspendid*, suspens*, sospes*, opgeschort, ditangguhkan, suspendat*, 封禁, 冻结, 凍結, 정지, заблокирован*, приостановлен*, been terminated, was terminated, is terminated",
    ),
    (
        Term::Invalid,
        "password error, password errors, password incorrect, password wrong, password mismatch, credentials error, wrong login, login error, login incorrect",
    ),
    (Term::NotEnabled, "flag off, feature is off, switched off, is off for, off for company, toggle* off"),
    (Term::Role, "role, roles, entitlement*, entitled, rol, rolle, ruolo, papel, rola, роль, роли, 角色, ロール, 역할"),
    (
        Term::Malformed,
        "duplicate client authentication, multiple client authentication, multiple client credentials, several client credentials, several client authentication, more than one client authentication",
    ),
    (
        Term::Outage,
        "fatal error, critical error, unexpected exception, something broke, technical error, technical problem*, technical issue*, internal problem*, an internal, unhandled error, service failure, backend failure, system failure",
    ),
    (Term::Plan, "membership*"),
    (
        Term::Upgrade,
        "please buy, please purchase, must buy, must purchase, need to buy, need to purchase, have to buy, have to purchase, \
         buy a license, purchase a license, buy a plan, purchase a plan, buy a subscription, purchase a subscription",
    ),
    // Somebody else signed in, and one session is as many as there may be.
    (
        Term::Session,
        "login in other places, logged in elsewhere, signed in elsewhere, logged in on another, signed in on another, logged in from another, logged in at another, kicked out, 其他设备, 其它设备, 异地登录, 被踢",
    ),
    (
        Term::Invalid,
        "login in other places, logged in elsewhere, signed in elsewhere, logged in on another, signed in on another, logged in from another, logged in at another, kicked out, 其他设备, 其它设备, 异地登录, 被踢",
    ),
    // Lists of who may.
    (
        Term::AllowList,
        "whitelist*, white list*, allowlist*, allow list*, allowed list*, safelist*, safe list*, permit list*, approved list*, list of allowed, list of permitted, list of approved, 白名单, 白名單, 許可リスト, ホワイトリスト, 화이트리스트, белый список, белом списке, белого списка, liste blanche, lista blanca, lista branca",
    ),
    // What the answer itself tells a person to do.
    (
        Term::ToldToSignIn,
        "re link the, re link your, must re link, relink the, relink your, reconnect the, reconnect your, please reconnect, must reconnect, needs to reconnect, has to reconnect, should reconnect, reauthorize the, reauthorize your, reauthorise the, reauthorise your, re authorize, re authorise, please reauthorize, please reauthorise, must reauthorize, must be reauthorized, needs to be reauthorized, must reauthenticate, please reauthenticate, re authenticate, log in again, login again, sign in again, signin again, relogin, re login, authorize again, authorise again, authenticate again, connect again, authorize the app again, obtain new consent, repeat the authorization, 重新授权, 重新登录, 重新登錄, 请重新, 再ログイン, 再認証, 다시 로그인, 재로그인, erneut anmelden, erneut an, neu anmelden, reconnectez, vuelva a iniciar, inicie sesion, faca login novamente, entre novamente, accedi di nuovo, войдите снова, повторно авториз*, авторизуйтесь",
    ),
    // Who may present what another issuer signed.
    (
        Term::Trust,
        "invalid publisher, valid publisher, corresponding publisher, trusted publisher*, trusted publishing config*, trust policy, trust relationship, trusted issuer*, federated identity, federated credential*, workload identity*, attribute condition, subject claim does",
    ),
    // Whoever calls was shut out, with the key that names it; a new key would be another way around.
    (
        Term::AccountOver,
        "key has been banned, keys have been banned, banned key*, banned api key*, key has been blacklisted, key has been blocklisted, blacklisted key*, blacklisted api key*, \
         suspended for abuse, blocked for abuse, banned for abuse, disabled for abuse, suspended due to abuse, blocked due to abuse, disabled due to abuse, \
         suspended for violat*, blocked for violat*, banned for violat*, disabled for violat*, revoked for abuse",
    ),
    // Nothing was sent that says who calls.
    (
        Term::NoCredential,
        "you must authenticate, must authenticate to, must authenticate before, must authenticate first, need to authenticate to, needs to authenticate to, must be authenticated to, \
         missing access credential*, access credentials missing, access credentials are missing, missing auth credential*, missing api credential*, missing oauth credential*, missing login credential*, missing client credential*, \
         credentials are missing, credentials were missing, credentials are mandatory, credentials mandatory, credentials are required, credentials required, credentials not provided, credentials not supplied, credentials were not supplied, credentials not present, credentials not sent, credentials not found in, \
         did not send credentials, did not provide credentials, did not provide any credentials, did not send any credentials, did not send an access token, did not provide an access token, without credentials, without any credentials, \
         request is unauthenticated, request was unauthenticated, unauthenticated request, unauthenticated call*",
    ),
    // Somebody reviews an app, and only then lets it in.
    (
        Term::Approval,
        "verified app*, certified app*, approved app*, verified client*, certified client*, approved client*, verified partner*, approved developer*, verified developer*",
    ),
    (
        Term::NotAllowed,
        "only for verified, only for approved, only for certified, only to verified, only to approved, only to certified, reserved for verified, reserved for approved, reserved for certified, \
         limited to verified, limited to approved, limited to certified, restricted to verified, restricted to approved, restricted to certified, only verified app*, only approved app*, only certified app*",
    ),
    // A thing that hangs on an account, rather than the computer that signs in.
    (
        Term::Resource,
        "device not exist, device does not exist, device not found, device is not found, unknown device, no such device, device id not found, device is not linked to",
    ),
    (
        Term::Invalid,
        "check your password, check the password, check that your password, check whether your password, check if your password",
    ),
    // Whom an app invited while it is tested, and who has not answered.
    (
        Term::TestingOnly,
        "invite to test, invited to test, invitation to test, tester invite*, tester invitation*, test invite*, test invitation*, beta invite*, beta invitation*, \
         accepted the tester, accept the tester, accepted the test, pending tester*, accept the invite to, accepted the invite to, not a tester, not a test user",
    ),
    // The client that calls, and is not who it says.
    (
        Term::Secret,
        "app authentication failed, app authentication fail*, application authentication fail*, app authentication error, application authentication error, app not authenticated, application not authenticated, app is not authenticated, application is not authenticated, \
         app could not be authenticated, application could not be authenticated, unauthenticated app, unauthenticated application, authenticate the app, authenticate the application, authenticate your app, authenticate your application, \
         app credentials, application credentials, app verification failed, consumer not authenticated, consumer authentication fail*",
    ),
    (
        Term::ClientId,
        "consumer token*, consumertoken*, partner token*, partner key*, partner id, vendor key*, software token*, integrator token*",
    ),
    // A token is good and may not do this.
    (
        Term::Scope,
        "token is not authorized to, token is not authorized for, token is not allowed to, token is not permitted to, token does not allow, token does not permit, token may not be used to, token can not be used to, \
         token is restricted to, token has no access to, token is not entitled to, token was not authorized to, token lacks access, token does not have access to, token without access to",
    ),
    // A token was read, and is what is wrong.
    (
        Term::TokenSeen,
        "contain invalid token, contains invalid token, contains an invalid token, contained an invalid token, contained invalid token, contains an expired token, contains invalid access token, contains an invalid access token, \
         your token is invalid, the token you sent, the token you provided, the token provided is, provided token is, supplied token is, token supplied is, token sent is, token that was sent",
    ),
    // What another server, asked in our name, did not give.
    (
        Term::Unfetched,
        "error getting, error retrieving, error fetching, error loading, failed to get, failed to retrieve, failed to fetch, failed to load, could not retrieve, could not fetch, could not load, unable to retrieve, unable to fetch, unable to load",
    ),
];
