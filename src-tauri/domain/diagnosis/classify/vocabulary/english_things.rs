//! What failures speak of, in English and in the codes of programs [C2].

use super::Term;

pub(super) const SAID: &[(Term, &str)] = &[
    (
        Term::RefreshToken,
        "this rt, the rt, rt expired, rt is, rt has, rt invalid, invalid rt, bad rt, wrong rt, rt not, rt error, at or rt, at and rt, rt does not, refresh token*, refreshtoken*, offline token, renewal token, refresh credential*",
    ),
    (
        Term::AccessToken,
        "access token*, accesstoken*, bearer token*, api token*, auth token*, oauth token*, authentication token*, \
         authorization token*, access key, security token, user token, authtoken*, api key, apikey",
    ),
    (Term::Token, "segments, token*, tokens, jwt, bearer, ticket, authtoken, accesstoken, refreshtoken"),
    (Term::Session, "session*, sessionid, sso session, login session, logon session"),
    (
        Term::Code,
        "authorization code*, authorisation code*, auth code*, authcode*, verification code*, grant code, oauth code, \
         temporary code, invalid code*, code expired, expired code, code invalid, code has, code was, code is, the code, \
         this code, code already, code not found, bad code, code used, code to access token, wrong code, authentication code, used code, code does, code must, code could, \
         authorization grant code, access code, one time code, code parameter, code verification, exchange code, code exchange, code for, parameter code, grant parameter code",
    ),
    (
        Term::Verifier,
        "code verifier*, code challenge*, codeverifier, codechallenge, pkce, verifier, proof key for code exchange",
    ),
    (
        Term::ClientId,
        "oauth consumer, invalid consumer, login requester, api key not valid, api key is not valid, invalid api key, api key is invalid, api key invalid, client id*, clientid*, client identifier*, client key, consumer key, app id*, appid*, application id*, app key, \
         appkey, invalid key, integrator key, integration key, application with identifier, application identifier, \
         identity provider not found, identity provider does not exist, identity provider was not found, unknown identity provider, \
         policy not found, policy does not exist, policy was not found, no such policy, unknown policy, clientkey, client with id, client key",
    ),
    (
        Term::Client,
        "client, clients, oauth client*, oauth2 client*, relying party, consumer, service principal, client application*",
    ),
    (
        Term::Secret,
        "client secret*, clientsecret*, app secret*, appsecret*, secret, secret key, client authentication, \
         client credential*, client assertion*, consumer secret, application secret, client auth, issuer not found, valid keys or signatures, client password, \
         authenticate client, authenticate the client, client could not be authenticated, basic auth*",
    ),
    (
        Term::App,
        "app, apps, application*, integration*, connected app*, add on, addon, plugin, third party, oauth app*, \
         developer app, external app, marketplace",
    ),
    (
        Term::User,
        "user, users, account*, member, members, employee, agent, person, owner, subject, seat, customer, \
         principal, userid, identity, login",
    ),
    (
        Term::Scope,
        "additional authorization required, additional permission*, scope*, oauth scope*, oauth2 scope*, delegated permission*, requested permission*, authentication scopes",
    ),
    (
        Term::Permission,
        "permission*, privilege*, rights, access right*, entitlement*, capabilit*, role, roles, grants, authority, \
         permissao*, access level, lacks required claim, lacks the claim, required claim*",
    ),
    (
        Term::Consent,
        "end user agreement, user agreement, access agreement, data sharing agreement, agreement expired, agreement has expired, requisition*, mandate*, consent*, user consent, admin consent, consented",
    ),
    (
        Term::Redirect,
        "redirect*, callback url*, callback uri*, callback address*, return url*, return uri*, return address*, redirect address*, reply url*, reply address*, \
         redirecturi*, redirecturl*, redirection uri*, redirection url*, oauth callback*, callback domain, \
         domain of this url, app s domains, apps domains, callbackurl, url blocked, registered callback*",
    ),
    (
        Term::Resource,
        "resource*, object*, file*, folder*, document*, page, pages, database*, record*, channel*, repository, repo, \
         repositories, project*, item*, board*, calendar*, spreadsheet*, entity, group, site, team, list, entry, \
         issue, ticket id, message id, contact, mailbox, drive, space, guild, playlist, event, drawing, design, form, \
         survey, base, table, view, block, task, card, campaign, list id, sobject, field",
    ),
    (
        Term::Ip,
        "ip address*, ipaddress*, ip range*, ip restrict*, ip allow*, ip white*, ip block*, ip deny*, ip denied, ip not, \
         ip is, ip filter*, ip polic*, your ip, client ip, clientip, from ip, ip addr*, invalid ip, ip invalid, \
         restricted ip, trusted ip, blocked ip, source ip, network location*, ip list, caller ip, remote ip, this ip, \
         login ip, ip access, ip security, ip fence, ip ranges, network polic*, sourceip, ip forbidden, ip login, \
         incoming request with ip, network zone, untrusted network, trusted network, geo block*, ip 1*, ip 2*, ip 3*, ip 4*, ip 5*, ip 6*, ip 7*, ip 8*, ip 9*, country or region, \
         automated traffic*, automated request*, bot traffic, suspicious traffic, your country, your location",
    ),
    (
        Term::Organisation,
        "corporation, organization*, organisation*, company, enterprise, org, workspace*, team, domain, directory, corporate, \
         google workspace, school, institution, business, tenant",
    ),
    (
        Term::Admin,
        "admin*, administrator*, it department, organization owner*, org owner*, workspace owner*, team owner*, \
         super user, superuser, account owner, security team, helpdesk, system admin*",
    ),
    (
        Term::Policy,
        "been disallowed, is disallowed, restricted from accessing, restricted from using, api access not, api access is not, api access disabled, api access is disabled, polic*, conditional access, compliance, compliant, access restriction*, app access restriction*, \
         oauth app access restriction*, security setting*, restricted by, access control*, app control*, managed device, \
         device is not, device must, governance, risk detected, risky, security defaults, context aware access, \
         app access policy, api access control*, domain policy, data loss prevention",
    ),
    (
        Term::Tenant,
        "tenant*, tenantid, realm*, realmid, data center*, datacenter*, data centre*, datacentre, cloud id, cloudid, \
         instance url, region, shard, org id, orgid, organization id, organisation id, company id, companyid, portal id, \
         hub id, subdomain, site id, environment id, pod, cell, team id, workspace id, account id, customer id, shop domain",
    ),
    (
        Term::Audience,
        "type of oauth token, not valid for use with, not valid for this api, not usable with, not for use with, cannot be used with, cant be used with, not intended for use, audience*, aud, intended for, intended audience, token type, type of token, tokentype, kind of token, \
         issued for, wrong type, not issued for, not intended, resource server, issuer, iss claim, aud claim, \
         wrong audience, unavailable with, not available with, different api, another api, authentication method, authentication type, auth type, \
         authentication scheme, wrong token, token issued by, api version of token",
    ),
    (
        Term::TokenKind,
        "bot token*, user token*, user access token*, app access token*, page access token*, application only, app only, \
         group auth, service token*, tenant access token, workspace token, id token*, idtoken*, personal access token*, service account*, \
         user context, system user, bot user*, app token*, application access token*, installation token*, \
         user authentication context*, application token*, delegated token*, on behalf of a user, me request, page token*, \
         client credentials token*, xoxb, xoxp, oauth 1 0a, legacy token*, sandbox token*, production token*, test token*, \
         live token*, test mode, live mode, sandbox account*",
    ),
    (Term::Api, "api, apis, service*, endpoint*, product, products, feature*, subset of"),
    (
        Term::GrantType,
        "logins, login method*, sign in method*, signin method*, login provider*, sign in provider*, identity provider configuration, password login, email login*, phone login*, anonymous sign ins, social login*, signups, provider is not enabled, provider not enabled, grant type*, granttype*, response type*, responsetype*, direct access grant*, standard flow, implicit flow, \
         device flow*, authorization flow, oauth flow, code flow, password grant*, client credentials grant*, \
         client credentials flow, refresh token grant*, authorization code grant*, device authorization grant*, \
         response mode*, grants not enabled, device grant, use client credentials, using client credentials, client credentials with, client credentials for, marked as public, public client*, public consumer*, token exchange is disabled, token exchange disabled, token exchange is not, token exchange not, refresh not supported, refresh is not supported, refreshing is not, use this grant, this flow, confidential client*, clients of type",
    ),
    (
        Term::Grant,
        "connection between, link between, grant, authorization grant, provided authorization grant, invalid grant, authorization, authorisation, \
         user grant, authorized",
    ),
    (
        Term::Parameter,
        "parameter*, param, params, argument*, request body, body, content type*, query, payload, \
         form encoded, urlencoded, property, attribute*, post body, json body, json payload, json object, json format, json data, invalid json, valid json, malformed json, \
         not json, json pars*, parse json, parsing json, as json, json syntax, json error, json decod*, decode json, \
         application json, bad json, mandatory, wrong sign, error sign, invalid sign, data missing, required data, data format, sign invalid, sign check, encoding, http method",
    ),
    (
        Term::Header,
        "authorization header*, authentication header*, auth header*, authorization field, header*, bearer scheme, \
         authorization scheme, authorizationheader, auth scheme",
    ),
    (
        Term::Password,
        "password*, passcode, resource owner credentials, owner credentials, user credentials, username or, user name or, user credentials changed, credentials changed, credentials have changed",
    ),
    (
        Term::Plan,
        "plan, plans, pricing, edition*, subscription*, upgrade, licens*, payment required, paid, billing, trial, \
         premium, unpaid, invoice, pro account, tier, purchase, credits",
    ),
    (Term::Assertion, "assertion*, jwt, client assertion*"),
    (
        Term::Credentials,
        "credential*, authentication, authenticate, auth, login credentials, username, invalid auth, signature",
    ),
    (
        Term::State,
        "state mismatch*, mismatching state, invalid state, state parameter, csrf*, state does not, state doesnt, \
         missing state, state is missing, state not, state missing, state invalid, state token, bad state, wrong state, \
         state param, invalid oauth state, oauth state, verify state, verify the state, validate state, validate the state, statemismatch, state value, state verification",
    ),
    (
        Term::Place,
        "location*, shop, shops, store, stores, site, sites, branch, merchant*, instance*, portal, subaccount*, sub account*, \
         project, projects, server, venue, practice, clinic, property, outlet, division, environment, sandbox, business unit",
    ),
];
