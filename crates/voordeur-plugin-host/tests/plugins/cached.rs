//! Compiled components are kept, by the digest of the component and of all that the compiler depends on.

use std::fs;
use std::path::{Path, PathBuf};

use voordeur_plugin_host::{PluginHost, Setup};

use crate::nothing;
use crate::small::{answering, component, load, manifest};

fn host(cache: &Path) -> PluginHost {
    PluginHost::with(Setup { cache: Some(cache.to_owned()), ..Setup::default() }).expect("a host")
}

/// Every file under a folder that is a compiled component.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_none() {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn small(answer: &str) -> Vec<u8> {
    let (data, body) = answering(answer);
    component(&manifest(), "", &data, body)
}

#[tokio::test]
async fn a_second_host_finds_what_the_first_has_compiled() {
    let folder = tempfile::tempdir().expect("a folder");
    load(&host(folder.path()), &small("{}")).await;
    let first = files(folder.path());
    assert_eq!(first.len(), 1, "{first:?}");
    let plugin = load(&host(folder.path()), &small("{}")).await;
    assert_eq!(files(folder.path()), first);
    assert!(plugin.perform(&nothing()).await.is_ok());
    load(&host(folder.path()), &small("{ }")).await;
    assert_eq!(files(folder.path()).len(), 2, "another component is another file");
}

#[tokio::test]
async fn a_damaged_file_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    load(&host(folder.path()), &small("{}")).await;
    for file in files(folder.path()) {
        fs::write(file, b"not what was written").expect("written");
    }
    assert!(load(&host(folder.path()), &small("{}")).await.perform(&nothing()).await.is_ok());
}
