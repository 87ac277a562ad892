//! What one plugin may do here: what it asks for and the operator grants, both.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use url::Url;
use voordeur_messages::say;
use voordeur_plugin_contract::{Grant, Wants};

use crate::http::{Request, Response};

/// What a plugin asks for, what it is granted, and the secrets that it may use.
#[derive(Default)]
pub(crate) struct Access {
    plugin: String,
    wants: Wants,
    grant: Grant,
    secrets: BTreeMap<String, String>,
}

impl Access {
    /// `secrets` are the values of those that the operator grants.
    pub(crate) fn new(
        plugin: &str,
        wants: Wants,
        grant: Grant,
        mut secrets: BTreeMap<String, String>,
    ) -> Self {
        secrets.retain(|name, value| wants.secrets.contains(name) && !value.is_empty());
        Self { plugin: plugin.to_owned(), wants, grant, secrets }
    }

    /// Whether an address may be reached, and then whether it may be private.
    pub(crate) fn allows(&self, url: &Url) -> Result<bool, String> {
        let shown = url.origin().ascii_serialization();
        if !self.wants.http.iter().any(|pattern| pattern.matches(url)) {
            return Err(say!(
                "the plugin does not ask for {address}: it is not under `wants` in its manifest",
                address = shown
            ));
        }
        match self.grant.allows(url) {
            Some(reach) => Ok(reach.private),
            None => Err(say!(
                "the operator does not grant {address}: write `http = [\"{address}\"]` under `[plugin.{plugin}]`",
                address = shown,
                plugin = self.plugin
            )),
        }
    }

    /// A setting of the operator.
    pub(crate) fn config(&self, name: &str) -> Option<String> {
        let asked = self.wants.config.iter().any(|asked| asked == name);
        asked.then(|| self.grant.config.get(name).cloned()).flatten()
    }

    /// What stands for a secret in this call.
    pub(crate) fn placeholder(&self, key: &str, name: &str) -> Option<String> {
        self.secrets.contains_key(name).then(|| placeholder(key, name))
    }

    /// The request with the secrets in their places.
    pub(crate) fn filled(&self, key: &str, request: &Request) -> Request {
        let mut filled = request.clone();
        for (name, value) in &self.secrets {
            let stand_in = placeholder(key, name);
            for (_, header) in &mut filled.headers {
                *header = header.replace(&stand_in, value);
            }
            if let Some(query) = filled.url.query().filter(|query| query.contains(&stand_in)) {
                let encoded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
                let query = query.replace(&stand_in, &encoded);
                filled.url.set_query(Some(&query));
            }
            filled.body = replaced(&filled.body, stand_in.as_bytes(), value.as_bytes());
        }
        filled
    }

    /// Takes the secrets out of a response again: a server may send back what it was sent.
    pub(crate) fn blank(&self, key: &str, response: &mut Response) {
        for (name, value) in &self.secrets {
            let stand_in = placeholder(key, name);
            for (_, header) in &mut response.headers {
                *header = header.replace(value.as_str(), &stand_in);
            }
            response.body = replaced(&response.body, value.as_bytes(), stand_in.as_bytes());
        }
    }
}

/// The same for the same call, so that a call can be repeated and compared; it opens nothing by itself.
fn placeholder(key: &str, name: &str) -> String {
    let digest = Sha256::new().chain_update(key).chain_update([0]).chain_update(name).finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("voordeur-secret-{hex}")
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len().max(1)).position(|window| window == from) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        out.extend_from_slice(to);
        rest = after.split_at(from.len()).1;
    }
    out.extend_from_slice(rest);
    out
}
