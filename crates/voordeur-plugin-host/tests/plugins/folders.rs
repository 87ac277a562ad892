//! Finding plugins: by name, by the digest that a lock pins, and only those that somebody trusted has signed.

use std::fs;
use std::path::{Path, PathBuf};

use minisign::KeyPair;
use serde_json::json;
use voordeur_plugin_host::contract::{Digest, Lock, Operator};
use voordeur_plugin_host::{For, LoadError, PluginDirectory, PluginHost, Setup};

use crate::host;
use crate::small::{answering, component, manifest};

const EROPAF: For<'static> = For { pathway: "eropaf", version: "2008.1" };

/// A small component that calls itself so, of this version.
fn small(id: &str, version: &str) -> Vec<u8> {
    let mut manifest = manifest();
    manifest["id"] = json!(id);
    manifest["version"] = json!(version);
    let (data, body) = answering("{}");
    component(&manifest, "", &data, body)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a folder")).expect("made");
    fs::write(&path, bytes).expect("written");
    path
}

#[tokio::test]
async fn a_folder_is_searched_by_name() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../wasm-plugins"));
    let directory = PluginDirectory::new(host(), vec![folder]);
    assert_eq!(directory.plugin("letter").await.expect("found").manifest().id, "letter");
    assert!(matches!(directory.plugin("telegram").await, Err(LoadError::NotFound { .. })));
    assert!(matches!(directory.plugin("../letter").await, Err(LoadError::BadName(_))));
}

#[tokio::test]
async fn a_file_holds_the_plugin_that_its_name_says() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "letter.wasm", &small("small", "1.0.0"));
    let directory = PluginDirectory::new(host(), vec![folder.path().to_owned()]);
    let error = directory.plugin("letter").await.err().expect("an error");
    assert!(matches!(error, LoadError::OtherName { .. }), "{error}");
}

#[tokio::test]
async fn a_lock_decides_which_component_a_version_of_a_pathway_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let (old, new) = (small("small", "1.0.0"), small("small", "1.1.0"));
    write(folder.path(), "small/small.wasm", &new);
    write(folder.path(), "small/small-1.0.0.wasm", &old);
    let mut lock = Lock::default();
    lock.set("eropaf", "2008.1", "small", Digest::of(&old));
    lock.set("eropaf", "2009.1", "small", Digest::of(&new));
    lock.set("eropaf", "2010.1", "small", Digest::of(b"neither"));
    lock.set("eropaf", "2011.1", "other", Digest::of(&new));
    let directory = PluginDirectory::new(host(), vec![folder.path().to_owned()]).with_lock(lock);
    let version = async |version| {
        let found = directory.plugin_for("small", For { pathway: "eropaf", version }).await;
        found.map(|plugin| plugin.manifest().version.clone())
    };
    assert_eq!(version("2008.1").await.expect("found"), "1.0.0");
    assert_eq!(version("2009.1").await.expect("found"), "1.1.0");
    assert!(matches!(version("2010.1").await, Err(LoadError::OtherDigest { found, .. }) if found.len() == 2));
    assert!(matches!(version("2011.1").await, Err(LoadError::NotPinned { .. })));
    assert!(matches!(version("2012.1").await, Err(LoadError::NotPinned { .. })));
}

#[tokio::test]
async fn a_component_that_was_changed_is_not_the_pinned_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let good = small("small", "1.0.0");
    let path = write(folder.path(), "small.wasm", &good);
    let mut lock = Lock::default();
    lock.set("eropaf", "2008.1", "small", Digest::of(&good));
    let directory = PluginDirectory::new(host(), vec![folder.path().to_owned()]).with_lock(lock);
    fs::write(&path, small("small", "6.6.6")).expect("written");
    let error = directory.plugin_for("small", EROPAF).await.err().expect("an error");
    assert!(matches!(error, LoadError::OtherDigest { .. }), "{error}");
    fs::write(&path, &good).expect("written");
    assert!(directory.plugin_for("small", EROPAF).await.is_ok());
}

fn trusting(keys: &[&KeyPair]) -> PluginHost {
    let keys: Vec<String> = keys.iter().map(|pair| format!("{:?}", pair.pk.to_base64())).collect();
    let file = format!("[plugins]\nkeys = [{}]", keys.join(", "));
    let operator = Operator::read("voordeur.toml", &file).expect("a file");
    PluginHost::with(Setup { operator, ..Setup::default() }).expect("a host")
}

#[tokio::test]
async fn where_keys_are_trusted_only_what_they_signed_is_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let [trusted, stranger] = [(), ()].map(|()| KeyPair::generate_unencrypted_keypair().expect("keys"));
    let bytes = small("small", "1.0.0");
    let path = write(folder.path(), "small.wasm", &bytes);
    let host = trusting(&[&trusted]);
    let load = async || host.load(&path).await;
    assert!(matches!(load().await, Err(LoadError::NotSigned { .. })));
    let sign = |pair: &KeyPair, bytes: &[u8]| {
        let signature = minisign::sign(None, &pair.sk, bytes, None, None).expect("signed").into_string();
        write(folder.path(), "small.wasm.minisig", signature.as_bytes());
    };
    sign(&stranger, &bytes);
    assert!(matches!(load().await, Err(LoadError::Signature { .. })));
    sign(&trusted, b"something else");
    assert!(matches!(load().await, Err(LoadError::Signature { .. })));
    sign(&trusted, &bytes);
    assert!(load().await.is_ok());
    assert!(trusting(&[&stranger, &trusted]).load(&path).await.is_ok());
    fs::write(&path, small("small", "6.6.6")).expect("written");
    assert!(matches!(load().await, Err(LoadError::Signature { .. })));
}

#[test]
fn a_key_that_is_none_stops_the_host() {
    let operator = Operator::read("voordeur.toml", "[plugins]\nkeys = [\"abc\"]").expect("a file");
    let error = PluginHost::with(Setup { operator, ..Setup::default() }).err().expect("an error");
    assert!(error.to_string().contains("`abc`"), "{error}");
}
