//! Makes a provider of a provider file: fills its variables, checks it against the rules, and translates
//! [A2, S001, S010, S011].

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use domain::ProviderId;
use domain::provider::evidence::{Certainty, FactSource};
use domain::provider::limits::{
    ExcessToken, LiveTokenLimit, LiveTokenScope, PreviousToken, RefreshBudget, RefreshLimits,
};
use domain::provider::variables::{EndpointVariable, VariableRefused, VariableShape};
use domain::provider::{
    AccountKindRule, AnswerHolds, AnswerMode, AuthorizationAnswer, AuthorizeNames, CallMethod, CheckCall,
    ClientAuthentication, ContentRefusal, Dpop, HowIssued, IdentityCall, Issuer, MendingHeader, MissingExpiry, Pkce,
    Provider, ProviderPages, PushedAuthorization, Quirk, RedirectHost, RedirectPort, RedirectRule, RedirectScheme,
    RefreshPolicy, Revocation, RevocationAuthentication, RevocationBody, RevocationCall, RevocationEffect,
    RevocationMethod, Rotation, ScopeAction, ScopeRules, ScopeWidening, ScopesApart, SecretNeed, SetupGuide,
    TokenAnswerShape, TokenPlace, TokenRequestBody, TokenRequestShape, WorkspacesCall,
};

use super::file::*;
use super::rules::{Origin, Rules};
use super::{CatalogueError, places, requests, trial_objects};

/// The port where a provider compares ports and the file names none: one for all, so that one
/// registered redirect URI serves.
const USUAL_FIXED_PORT: u16 = 43_117;

/// Reads one file into a provider, or says what is wrong with it.
///
/// `values` are those of its variables; where one is missing the usual one stands, else the example.
pub(super) fn read(
    path: &Path,
    text: &str,
    origin: Origin,
    values: &BTreeMap<String, String>,
) -> Result<Provider, CatalogueError> {
    let file: ProviderFile = serde_json::from_str(text).map_err(|_| places::malformed(path, text))?;
    let rules = Rules { path, text, origin };
    let variables = file
        .variables
        .iter()
        .enumerate()
        .map(|(number, it)| variable(&rules, number, it, values))
        .collect::<Result<Vec<_>, _>>()?;
    let fill = |text: &str| filled(text, &variables);

    rules.check_id(&file.id)?;
    rules.check_parameters("authorize_parameters", &file.authorize_parameters)?;
    rules.check_parameters("reconnect_parameters", &file.reconnect_parameters)?;
    rules.check_parameters("token_request.code_parameters", &file.token_request.code_parameters)?;
    rules.check_parameters("scopes.widening_parameters", &file.scopes.widening_parameters)?;
    rules.check_json_pointers(&file)?;
    rules.check_own_name("scopes.parameter", file.scopes.parameter.as_deref().filter(|name| *name != "scope"))?;
    rules.check_own_name("scopes.apart.parameter", file.scopes.apart.as_ref().map(|it| it.parameter.as_str()))?;
    rules.check_own_name("login_hint_parameter", file.login_hint_parameter.as_deref())?;
    rules.check_path(file.redirect.path.as_deref())?;
    rules.check_answer(&file)?;
    rules.check_kept_parameters(&file.answer.kept_parameters)?;
    requests::check_placeholders(&rules, &file)?;
    requests::check_headers(&rules, &file)?;
    requests::check_api_hosts(&rules, &file.api_hosts, fill)?;
    rules.check_port(file.redirect.port)?;
    rules.check_refresh(&file.refresh)?;
    if let Some(identity) = &file.identity {
        rules.template_url("identity.url", &fill(&identity.url))?;
        if let Some(workspaces) = &identity.workspaces {
            rules.template_url("identity.workspaces.url", &fill(&workspaces.url))?;
        }
    }
    for (number, check) in file.checks.iter().enumerate() {
        rules.template_url(&format!("checks[{number}].url"), &fill(&check.url))?;
    }
    if let Some(revocation) = &file.revocation {
        rules.template_url("revocation.url", &fill(&revocation.url))?;
    }
    let trial_objects = trial_objects::read(&rules, &file, fill)?;
    rules.check_evidence(&file)?;
    rules.check_quirks(&file)?;
    if file.client_authentication.is_empty() {
        return Err(rules.wrong("client_authentication", "names no method"));
    }

    let apart = file.scopes.apart.map(|it| ScopesApart {
        parameter: it.parameter,
        prefix: it.prefix,
        token_type: it.token_type,
    });
    let endpoint =
        |field: &str, text: &Option<String>| text.as_deref().map(|text| rules.endpoint(field, &fill(text))).transpose();
    Ok(Provider {
        id: ProviderId::from_text(file.id),
        tag: file.tag,
        also: file.also,
        is_practice: false,
        issuer: file
            .issuer
            .map(|it| Issuer { identifier: fill(&it.identifier), answers_carry_iss: it.answers_carry_iss }),
        authorization_endpoint: rules.endpoint("authorization_endpoint", &fill(&file.authorization_endpoint))?,
        token_endpoint: rules.endpoint("token_endpoint", &fill(&file.token_endpoint))?,
        refresh_endpoint: endpoint("refresh.endpoint", &file.refresh.endpoint)?,
        device_authorization_endpoint: endpoint("device_authorization_endpoint", &file.device_authorization_endpoint)?,
        pushed_authorization: match endpoint(
            "pushed_authorization_request_endpoint",
            &file.pushed_authorization_request_endpoint,
        )? {
            None => PushedAuthorization::NotOffered,
            Some(url) if file.require_pushed_authorization_requests => PushedAuthorization::Required(url),
            Some(url) => PushedAuthorization::Offered(url),
        },
        registration_endpoint: endpoint("registration_endpoint", &file.registration_endpoint)?,
        dpop: match file.dpop {
            DpopFile::NotOffered => Dpop::NotOffered,
            DpopFile::Offered => Dpop::Offered,
            DpopFile::Required => Dpop::Required,
        },
        answer: AuthorizationAnswer {
            mode: match file.answer.mode {
                AnswerModeFile::Query => AnswerMode::Query,
                AnswerModeFile::FormPost => AnswerMode::FormPost,
                AnswerModeFile::Fragment => AnswerMode::Fragment,
            },
            holds: if file.answer.holds_token { AnswerHolds::Token } else { AnswerHolds::Code },
            kept_parameters: file.answer.kept_parameters.into_iter().collect(),
        },
        authorize_names: authorize_names(file.authorize_names),
        client_authentication: file
            .client_authentication
            .into_iter()
            .map(|it| match it {
                ClientAuthenticationFile::Basic => ClientAuthentication::Basic,
                ClientAuthenticationFile::Post => ClientAuthentication::Post,
                ClientAuthenticationFile::Public => ClientAuthentication::Public,
                ClientAuthenticationFile::PrivateKeyJwt => ClientAuthentication::PrivateKeyJwt,
            })
            .collect(),
        client_secret: match file.client_secret {
            SecretNeedFile::Required => SecretNeed::Required,
            SecretNeedFile::Optional => SecretNeed::Optional,
        },
        built_in_client_id: None,
        pkce: match file.pkce {
            PkceFile::Required => Pkce::Required,
            PkceFile::Supported => Pkce::Supported,
            PkceFile::Undocumented => Pkce::Undocumented,
        },
        scopes: ScopeRules {
            parameter: file.scopes.parameter,
            separator: file.scopes.separator,
            answer_separator: file.scopes.answer_separator.unwrap_or(file.scopes.separator),
            always: file.scopes.always,
            actions: file
                .scopes
                .actions
                .into_iter()
                .map(|it| ScopeAction {
                    allows: it.allows,
                    scopes: it.scopes,
                    is_preselected: it.preselected,
                    writes: it.writes,
                })
                .collect(),
            meanings: file.scopes.meanings.into_iter().collect(),
            implies: file.scopes.implies.into_iter().collect(),
            apart: apart.clone(),
            widening_parameters: file.scopes.widening_parameters.into_iter().collect(),
            missing_means_as_asked: file.scopes.missing_means_as_asked,
            widening: if file.scopes.keeps_granted { ScopeWidening::KeepsGranted } else { ScopeWidening::AsksAllAgain },
        },
        authorize_parameters: file.authorize_parameters.into_iter().collect(),
        reconnect_parameters: file.reconnect_parameters.into_iter().collect(),
        login_hint_parameter: file.login_hint_parameter,
        token_request: TokenRequestShape {
            body: if file.token_request.json { TokenRequestBody::Json } else { TokenRequestBody::Form },
            headers: file.token_request.headers.into_iter().collect(),
            code_parameters: file.token_request.code_parameters.into_iter().collect(),
        },
        token_answer: TokenAnswerShape {
            locations: file.token_answer.locations.unwrap_or_else(|| vec![String::new()]),
            missing_expiry: if file.token_answer.missing_expiry_means_never {
                MissingExpiry::Never
            } else {
                MissingExpiry::Unknown
            },
            usual_lifetime: file.token_answer.usual_lifetime_seconds.map(Duration::from_secs),
            may_be_form_encoded: file.token_answer.may_be_form_encoded,
            kept_fields: file.token_answer.kept_fields.into_iter().collect(),
            apart,
        },
        refresh: refresh(&file.refresh),
        redirect: RedirectRule {
            scheme: if file.redirect.https { RedirectScheme::Https } else { RedirectScheme::Http },
            is_path_exact: file.redirect.is_path_exact,
            host: match file.redirect.host {
                RedirectHostFile::Ipv4 => RedirectHost::Ipv4,
                RedirectHostFile::Ipv6 => RedirectHost::Ipv6,
                RedirectHostFile::Localhost => RedirectHost::Localhost,
            },
            port: if file.redirect.is_port_compared {
                RedirectPort::Fixed(file.redirect.port.unwrap_or(USUAL_FIXED_PORT))
            } else {
                RedirectPort::Any
            },
            path: file.redirect.path.unwrap_or_else(|| "/callback".to_owned()),
        },
        identity: file.identity.map(|it| identity(it, &fill)),
        checks: file.checks.into_iter().map(|it| check(it, &fill)).collect(),
        trial_objects,
        revocation: file.revocation.map_or(Revocation::NotOffered, |it| Revocation::Offered(revocation(it, &fill))),
        api_hosts: file.api_hosts.iter().map(|it| fill(it)).collect(),
        request_id_header: file.request_id_header,
        request_id_pointer: file.request_id_pointer,
        rate_limit_headers: file.rate_limit_headers,
        error_signatures: file
            .error_signatures
            .into_iter()
            .enumerate()
            .map(|(number, it)| rules.signature(number, it))
            .collect::<Result<_, _>>()?,
        pages: ProviderPages {
            console: rules.page("pages.console", file.pages.console.as_deref().map(&fill))?,
            revoke_access: rules.page("pages.revoke_access", file.pages.revoke_access.as_deref().map(&fill))?,
            status: rules.page("pages.status", file.pages.status.as_deref().map(&fill))?,
            documentation: rules.page("pages.documentation", file.pages.documentation.as_deref().map(&fill))?,
            mending_pages: rules.mending_pages(file.pages.mending_pages)?,
            mending_header: file
                .pages
                .mending_header
                .map(|it| MendingHeader { name: it.name, parameter: it.parameter }),
        },
        setup: SetupGuide {
            app_kind: file.setup.app_kind,
            steps: file.setup.steps,
            client_id_name: file.setup.client_id_name,
            client_secret_name: file.setup.client_secret_name,
            share_steps: file.setup.share_steps,
        },
        quirks: file
            .quirks
            .into_iter()
            .map(|it| Quirk {
                says: it.says,
                fault: it.fault,
                source: FactSource { source: it.source, certainty: certainty(it.certainty) },
            })
            .collect(),
        evidence: file
            .evidence
            .into_iter()
            .map(|(part, it)| (part, FactSource { source: it.source, certainty: certainty(it.certainty) }))
            .collect(),
        variables,
        name: file.name,
    })
}

fn refresh(file: &RefreshFile) -> RefreshPolicy {
    RefreshPolicy {
        rotation: match file.rotation {
            RotationFile::Never => Rotation::Never,
            RotationFile::Always => Rotation::Always,
            RotationFile::Sometimes => Rotation::Sometimes,
        },
        idle_life: file.idle_life_days.map(days),
        absolute_life: file.absolute_life_days.map(days),
        how_issued: match file.issued {
            HowIssuedFile::Always => HowIssued::Always,
            HowIssuedFile::ByParameter => HowIssued::ByParameter,
            HowIssuedFile::ByScope => HowIssued::ByScope,
            HowIssuedFile::ByClientSetting => HowIssued::ByClientSetting,
            HowIssuedFile::Never => HowIssued::Never,
        },
        testing_life: file.testing_life_days.map(days),
        previous_token: match file.previous_token {
            Some(PreviousTokenFile::Refused) => PreviousToken::Refused,
            Some(PreviousTokenFile::WorksForSeconds(seconds)) => PreviousToken::WorksFor(seconds_long(seconds)),
            Some(PreviousTokenFile::WorksUntilSuccessorIsUsed) => PreviousToken::WorksUntilSuccessorIsUsed,
            None => PreviousToken::NotKnown,
        },
        live_tokens: file.live_tokens.map(|it| LiveTokenLimit {
            count: it.count,
            per: match it.per {
                LiveTokenScopeFile::AccountAndClient => LiveTokenScope::AccountAndClient,
                LiveTokenScopeFile::Account => LiveTokenScope::Account,
                LiveTokenScopeFile::Client => LiveTokenScope::Client,
            },
            excess: match it.excess {
                ExcessTokenFile::OldestEnds => ExcessToken::OldestEnds,
                ExcessTokenFile::AllOthersEnd => ExcessToken::AllOthersEnd,
                ExcessTokenFile::Refused => ExcessToken::Refused,
            },
        }),
        limits: RefreshLimits {
            at_once: file.at_once.unwrap_or(RefreshLimits::default().at_once),
            budget: file.budget.map(|it| RefreshBudget { count: it.count, within: seconds_long(it.within_seconds) }),
        },
    }
}

fn seconds_long(count: u32) -> Duration {
    Duration::from_secs(u64::from(count))
}

fn days(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 86_400)
}

fn identity(file: IdentityFile, fill: &impl Fn(&str) -> String) -> IdentityCall {
    IdentityCall {
        method: method(file.post),
        url: fill(&file.url),
        body: file.body,
        token_place: match file.token_in {
            TokenPlaceFile::Bearer => TokenPlace::Bearer,
            TokenPlaceFile::Header(it) => TokenPlace::Header { name: it.name, prefix: it.prefix },
            TokenPlaceFile::Query(name) => TokenPlace::Query(name),
        },
        headers: file.headers.into_iter().collect(),
        success_flag: file.success_flag,
        subject: file.subject,
        label: file.label,
        workspace_id: file.workspace_id,
        workspace_name: file.workspace_name,
        workspace_claim: file.workspace_claim,
        workspaces: file.workspaces.map(|it| WorkspacesCall {
            url: fill(&it.url),
            headers: it.headers.into_iter().collect(),
            list: it.list,
            id: it.id,
            name: it.name,
        }),
        account_kind: file
            .account_domain
            .map(AccountKindRule::DomainAt)
            .or(file.account_kind.map(AccountKindRule::TextAt)),
        scopes_header: file.scopes_header,
    }
}

fn check(file: CheckFile, fill: &impl Fn(&str) -> String) -> CheckCall {
    CheckCall {
        name: file.name,
        method: method(file.post),
        url: fill(&file.url),
        headers: file.headers.into_iter().collect(),
        body: file.body,
        scopes: file.scopes,
        success_flag: file.success_flag,
        refused_with: file
            .refused_with
            .map(|it| ContentRefusal { statuses: it.statuses, codes: it.pointer.map(|pointer| (pointer, it.codes)) }),
    }
}

fn method(is_post: bool) -> CallMethod {
    if is_post { CallMethod::Post } else { CallMethod::Fetch }
}

fn certainty(file: CertaintyFile) -> Certainty {
    match file {
        CertaintyFile::Verified => Certainty::Verified,
        CertaintyFile::Partly => Certainty::Partly,
        CertaintyFile::Remembered => Certainty::Remembered,
    }
}

/// Names between braces become their values; other braces stand for what only an answer tells.
fn filled(text: &str, variables: &[EndpointVariable]) -> String {
    variables.iter().fold(text.to_owned(), |text, variable| {
        let value = variable.value.as_ref().unwrap_or(&variable.example);
        text.replace(&format!("{{{}}}", variable.name), value)
    })
}

fn variable(
    rules: &Rules<'_>,
    number: usize,
    file: &VariableFile,
    values: &BTreeMap<String, String>,
) -> Result<EndpointVariable, CatalogueError> {
    let mut variable = EndpointVariable {
        name: file.name.clone(),
        asks: file.asks.clone(),
        example: file.example.clone(),
        usual: file.usual.clone(),
        shape: match file.shape {
            VariableShapeFile::Label => VariableShape::Label,
            VariableShapeFile::Host => VariableShape::Host,
            VariableShapeFile::Region => VariableShape::Region,
        },
        value: None,
    };
    let refused =
        |field: &str, error: VariableRefused| rules.wrong(&format!("variables[{number}]{field}"), error.to_string());
    variable.checked(&variable.example).map_err(|error| refused(".example", error))?;
    match (values.get(&file.name), &file.usual) {
        (Some(chosen), _) => variable.value = Some(variable.checked(chosen).map_err(|error| refused("", error))?),
        (None, Some(usual)) => {
            variable.value = Some(variable.checked(usual).map_err(|error| refused(".usual", error))?);
        }
        (None, None) => {}
    }
    Ok(variable)
}

fn authorize_names(file: AuthorizeNamesFile) -> AuthorizeNames {
    let usual = AuthorizeNames::default();
    AuthorizeNames {
        client_id: file.client_id.unwrap_or(usual.client_id),
        redirect_uri: file.redirect_uri.unwrap_or(usual.redirect_uri),
        access_token: file.access_token.unwrap_or(usual.access_token),
        is_state_in_redirect: file.state_in_redirect,
    }
}

fn revocation(file: RevocationFile, fill: &impl Fn(&str) -> String) -> RevocationCall {
    let fields: Option<Vec<_>> = file.fields.map(|it| it.into_iter().collect());
    let token_alone = || vec![("token".to_owned(), "{token}".to_owned())];
    RevocationCall {
        method: if file.delete { RevocationMethod::Delete } else { RevocationMethod::Post },
        url: fill(&file.url),
        body: match file.body {
            RevocationBodyFile::Form => fields.map_or_else(RevocationBody::standard, RevocationBody::Form),
            RevocationBodyFile::Json => RevocationBody::Json(fields.unwrap_or_else(token_alone)),
            RevocationBodyFile::Empty => RevocationBody::Empty,
        },
        authentication: match file.authentication {
            RevocationAuthenticationFile::AsClient => RevocationAuthentication::AsClient,
            RevocationAuthenticationFile::Basic => RevocationAuthentication::Basic,
            RevocationAuthenticationFile::Bearer => RevocationAuthentication::Bearer,
            RevocationAuthenticationFile::Nothing => RevocationAuthentication::Nothing,
        },
        wants_access_token: file.wants_access_token,
        effect: match file.effect {
            RevocationEffectFile::ThisToken => RevocationEffect::ThisToken,
            RevocationEffectFile::ThisGrant => RevocationEffect::ThisGrant,
            RevocationEffectFile::AllGrantsOfTheClient => RevocationEffect::AllGrantsOfTheClient,
        },
        headers: file.headers.into_iter().collect(),
        success_flag: file.success_flag,
        leaves_access_token: file.leaves_access_token,
        refuses_public_clients: file.refuses_public_clients,
    }
}
