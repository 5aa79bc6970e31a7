//! What each grant is bound to: a resource, a key, an MCP server [A2, S014, S103].

use domain::ConnectionId;
use domain::connection::binding::GrantBinding;
use rusqlite::{OptionalExtension as _, Transaction, named_params};

use super::columns::read;
use super::{Store, StoreError};

impl Store {
    /// What this connection's grant is bound to; nothing, for most.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn grant_binding(&self, connection: &ConnectionId) -> Result<GrantBinding, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT resource, dpop_thumbprint, mcp_server, by_device FROM grant_bindings WHERE connection = ?1",
            )?;
            let found = statement.query_row([connection.as_str()], |row| {
                Ok((row.get("resource")?, row.get("dpop_thumbprint")?, row.get("mcp_server")?, row.get("by_device")?))
            });
            let (resource, dpop_thumbprint, mcp_server, is_by_device) = found.optional()?.unwrap_or_default();
            Ok(GrantBinding { resource, dpop_thumbprint, mcp_server, is_by_device })
        })
    }

    /// Stores it, or replaces it.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn put_grant_binding(&self, connection: &ConnectionId, binding: &GrantBinding) -> Result<(), StoreError> {
        self.write(|writing| put(writing, connection, binding))
    }

    /// Every key that some grant is bound to, or will be once its bundle counts.
    ///
    /// # Errors
    /// Any of the store's.
    pub fn list_bound_keys(&self) -> Result<Vec<String>, StoreError> {
        self.read(|sqlite| {
            let mut statement = sqlite.prepare_cached(
                "SELECT dpop_thumbprint FROM grant_bindings WHERE dpop_thumbprint IS NOT NULL
                 UNION SELECT change ->> '$.grant.dpop_thumbprint' AS thumbprint FROM arriving_bundles
                 WHERE thumbprint IS NOT NULL",
            )?;
            let mut rows = statement.query([])?;
            let mut all = vec![];
            while let Some(row) = rows.next()? {
                all.push(read(row, "dpop_thumbprint")?);
            }
            Ok(all)
        })
    }
}

/// Inside the transaction that moves the pointer to a new bundle. What is bound to nothing has no row.
pub(super) fn put(
    writing: &Transaction<'_>,
    connection: &ConnectionId,
    binding: &GrantBinding,
) -> Result<(), StoreError> {
    if *binding == GrantBinding::default() {
        writing.execute("DELETE FROM grant_bindings WHERE connection = ?1", [connection.as_str()])?;
        return Ok(());
    }
    writing.execute(
        "INSERT INTO grant_bindings (connection, resource, dpop_thumbprint, mcp_server, by_device)
         VALUES (:connection, :resource, :dpop_thumbprint, :mcp_server, :by_device)
         ON CONFLICT (connection) DO UPDATE SET resource = excluded.resource,
            dpop_thumbprint = excluded.dpop_thumbprint, mcp_server = excluded.mcp_server,
            by_device = excluded.by_device",
        named_params! {
            ":connection": connection.as_str(),
            ":resource": binding.resource,
            ":dpop_thumbprint": binding.dpop_thumbprint,
            ":mcp_server": binding.mcp_server,
            ":by_device": binding.is_by_device,
        },
    )?;
    Ok(())
}
