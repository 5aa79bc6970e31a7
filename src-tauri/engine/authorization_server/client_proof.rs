//! How a client proves itself to any endpoint of its server, in the one way both know
//! (RFC 6749 §2.3.1, RFC 7523 §2.2) [A2, S052].

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::Secret;
use domain::provider::{ClientAuthentication, Provider};
use jiff::Timestamp;
use url::form_urlencoded;

use super::ClientCredentials;
use crate::signing::SigningKey;
use crate::signing::client_assertion::{ASSERTION_TYPE, client_assertion};

/// What goes into a request: a header, or fields of the form.
pub(super) struct ClientProof {
    pub(super) authorization: Option<Secret>,
    pub(super) fields: Vec<(&'static str, Secret)>,
}

/// Which way it is. A client whose secret is a private key signs; the others take the first way with a secret that
/// the provider names, and a client without one is public.
pub(super) fn method_of(provider: &Provider, client: &ClientCredentials<'_>) -> ClientAuthentication {
    let Some(secret) = client.client_secret else { return ClientAuthentication::Public };
    let methods = &provider.client_authentication;
    if methods.contains(&ClientAuthentication::PrivateKeyJwt) && SigningKey::read(secret).is_ok() {
        return ClientAuthentication::PrivateKeyJwt;
    }
    let with_secret =
        |it: &&ClientAuthentication| matches!(it, ClientAuthentication::Basic | ClientAuthentication::Post);
    methods.iter().find(with_secret).copied().unwrap_or(ClientAuthentication::Post)
}

/// The whole proof. `None` when no randomness can be had.
#[expect(clippy::disallowed_methods, reason = "the server is shown the client's secret")]
pub(super) fn client_proof(provider: &Provider, client: &ClientCredentials<'_>, now: Timestamp) -> Option<ClientProof> {
    let id = || ("client_id", Secret::new(client.client_id));
    let (authorization, fields) = match (method_of(provider, client), client.client_secret) {
        (ClientAuthentication::Basic, Some(secret)) => (Some(Secret::new(basic(client.client_id, secret))), vec![]),
        (ClientAuthentication::Post, Some(secret)) => {
            (None, vec![id(), ("client_secret", Secret::new(secret.expose_secret()))])
        }
        (ClientAuthentication::PrivateKeyJwt, Some(_)) => {
            (None, std::iter::once(id()).chain(assertion(provider, client, now)?).collect())
        }
        (ClientAuthentication::Public, _) | (_, None) => (None, vec![id()]),
    };
    Some(ClientProof { authorization, fields })
}

/// The fields of a signed proof; none for a client that proves itself in another way.
pub(super) fn assertion(
    provider: &Provider,
    client: &ClientCredentials<'_>,
    now: Timestamp,
) -> Option<Vec<(&'static str, Secret)>> {
    let (ClientAuthentication::PrivateKeyJwt, Some(secret)) = (method_of(provider, client), client.client_secret)
    else {
        return Some(vec![]);
    };
    let key = SigningKey::read(secret).ok()?;
    let audience = provider.issuer.as_ref().map_or(provider.token_endpoint.as_str(), |issuer| &issuer.identifier);
    let assertion = client_assertion(&key, client.client_id, audience, now)?;
    Some(vec![("client_assertion_type", Secret::new(ASSERTION_TYPE)), ("client_assertion", assertion)])
}

/// Id and secret, form-encoded first (RFC 6749 §2.3.1).
#[expect(clippy::disallowed_methods, reason = "the server is shown the client's secret")]
fn basic(client_id: &str, secret: &Secret) -> String {
    let encode = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encode(client_id), encode(secret.expose_secret()))))
}

#[cfg(test)]
mod tests {
    use domain::ProviderId;
    use url::Url;

    use super::*;

    fn provider(methods: &[ClientAuthentication]) -> Provider {
        let token_endpoint = Url::parse("https://as.example/token").unwrap();
        let bare = Provider::bare(ProviderId::from_text("as"), token_endpoint);
        Provider { client_authentication: methods.to_vec(), ..bare }
    }

    /// S052: by what the client has, and what the provider takes.
    #[test]
    fn a_client_proves_itself_in_the_way_that_both_know() {
        use ClientAuthentication::{Basic, Post, PrivateKeyJwt, Public};
        let (plain, (_, key)) = (Secret::new("plain"), SigningKey::generate().unwrap());
        for (methods, secret, expected) in [
            (&[Basic, Public][..], None, Public),
            (&[Post, Basic], Some(&plain), Post),
            (&[Public], Some(&plain), Post),
            (&[PrivateKeyJwt, Basic], Some(&plain), Basic),
            (&[Basic, PrivateKeyJwt], Some(&key), PrivateKeyJwt),
            (&[Basic], Some(&key), Basic),
        ] {
            let client = ClientCredentials { client_id: "c", client_secret: secret };

            assert_eq!(method_of(&provider(methods), &client), expected, "{methods:?}");

            let proof = client_proof(&provider(methods), &client, Timestamp::UNIX_EPOCH).unwrap();
            let names: Vec<_> = proof.fields.iter().map(|(name, _)| *name).collect();
            let expected_names: &[&str] = match expected {
                Basic => &[],
                Post => &["client_id", "client_secret"],
                PrivateKeyJwt => &["client_id", "client_assertion_type", "client_assertion"],
                Public => &["client_id"],
            };
            assert_eq!(names, expected_names);
            assert_eq!(proof.authorization.is_some(), expected == Basic);
        }
    }
}
