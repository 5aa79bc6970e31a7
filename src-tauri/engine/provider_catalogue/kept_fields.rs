//! Addresses that begin with what a token answer tells, such as a company's own API host [A2, S010].

/// The field that an address begins with: `api_domain` of `{api_domain}/v1/users`.
pub(super) fn opening(address: &str) -> Option<&str> {
    let (name, _) = address.strip_prefix('{')?.split_once("}/")?;
    let is_name = name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    (!name.is_empty() && is_name).then_some(name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use domain::provider::Provider;

    use super::super::CatalogueError;
    use super::super::reading::read;
    use super::super::rules::Origin;

    fn zoho(identity_url: &str, region: &str) -> Result<Provider, CatalogueError> {
        let mut file: serde_json::Value = serde_json::from_str(include_str!("zoho.json")).unwrap();
        file["identity"]["url"] = identity_url.into();
        let said = BTreeMap::from([("region".to_owned(), region.to_owned())]);
        read(Path::new("zoho.json"), &file.to_string(), Origin::BuiltIn, &said)
    }

    /// A2, S010
    #[test]
    fn an_address_may_begin_with_a_kept_field_and_with_nothing_else_unknown() {
        assert!(zoho("{api_domain}/crm/v2/users", "eu").is_ok(), "api_domain is kept");
        for url in ["{instance_url}/crm", "{api_domain}.evil.example/", "{region}/crm", "{}/crm", "{a b}/crm"] {
            assert!(zoho(url, "eu").is_err(), "{url} is no address");
        }
        let complaint = zoho("{instance_url}/crm", "eu").unwrap_err().to_string();
        assert!(complaint.contains("instance_url"), "it names the field: {complaint}");
    }

    /// A1, A2, S010: what a person says of the data centre stands in every address, and cannot lead elsewhere.
    #[test]
    fn a_region_fills_every_address_of_a_provider() {
        let there = zoho("https://accounts.zoho.{region}/oauth/user/info", "com.au").unwrap();

        assert_eq!(there.token_endpoint.as_str(), "https://accounts.zoho.com.au/oauth/v2/token");
        assert_eq!(there.identity.unwrap().url, "https://accounts.zoho.com.au/oauth/user/info");
        assert!(there.api_hosts.contains(&"www.zohoapis.com.au".to_owned()));
        for elsewhere in ["com/evil", "com@evil.example", "com#", "com?x", "com:8443"] {
            assert!(zoho("https://accounts.zoho.{region}/", elsewhere).is_err(), "{elsewhere} is no region");
        }
    }
}
