//! A plugin and the server of an agency: fakes that the tests start, over TLS as well, with an authority of the
//! operator's own.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::plugins::{Answers, REFER, fake, fake_behind, pathway, play};
use crate::program::{Place, Ran};

const TASK: &str = r#"{"resourceType": "Task", "id": "9"}"#;

/// Plays a case whose action hands a referral over to this address, in the FHIR way.
fn refer(place: &Place, address: &str, general: &str) -> Ran {
    place.write(
        "visits.pathway",
        pathway("months count 0..120 shared with house  reference text", "months", REFER),
    );
    place.write(
        "voordeur.toml",
        format!(
            "{general}\n[plugin.referral-http]\nhttp = [{{ to = \"{address}\", private = true }}]\n\
             config = {{ base = \"{address}\", api = \"fhir\" }}\n"
        ),
    );
    play(place, r#"{"months": 7}"#, &["--operator", "voordeur.toml"])
}

#[test]
fn a_referral_becomes_a_task_of_fhir_once() {
    let (address, seen) =
        fake(vec![("PUT /Task?identifier=urn:voordeur:call%7Cvoordeur-", "201 Created", TASK)]);
    let place = Place::new();
    let ran = refer(&place, &format!("http://{address}"), "");
    assert!(ran.status == 0 && ran.out.contains("ended in `good`"), "{ran:?}");
    let sent = seen.lock().expect("not poisoned").clone();
    assert_eq!(sent.len(), 1, "{sent:?}");
    for part in [
        "\"resourceType\":\"Task\"",
        "\"status\":\"requested\"",
        "\"authoredOn\":\"2026-03-02T09:00:00Z\"",
        "\"code\":{\"text\":\"Hulpvraag\"}",
        "application/fhir+json",
    ] {
        assert!(sent[0].contains(part), "{part}: {}", sent[0]);
    }
    // Where the task is, is data now, and sealed.
    let kept = place.run(&["export", "--db", "a.db", "--case", "a"]);
    assert!(kept.out.contains(&format!("http://{address}/Task/9")), "{kept:?}");
}

/// An authority of its own (PEM), and a fake behind a certificate of it.
fn behind_tls(answers: Answers) -> (String, std::net::SocketAddr) {
    let mut params = CertificateParams::new(Vec::new()).expect("an authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = params.self_signed(&key).expect("an authority");
    let issuer = Issuer::new(params, key);
    let key = KeyPair::generate().expect("a key");
    let own = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("a name");
    let own = own.signed_by(&key, &issuer).expect("a certificate");
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("a certificate with its key");
    let config = Arc::new(config);
    let (address, _) = fake_behind(answers, move |stream| {
        let connection = ServerConnection::new(config.clone()).expect("a connection");
        Box::new(StreamOwned::new(connection, stream))
    });
    (authority.pem(), address)
}

#[test]
fn a_server_with_a_certificate_of_the_operators_own_authority_is_reached() {
    let (authority, address) = behind_tls(vec![("PUT /Task?", "201 Created", TASK)]);
    let base = format!("https://{address}");
    let place = Place::new();
    place.write("own-ca.pem", authority);
    let trusting = "[plugins]\nauthorities = [\"own-ca.pem\"]";
    let ran = refer(&place, &base, trusting);
    assert!(ran.status == 0 && ran.out.contains("ended in `good`"), "{ran:?}");
    // Without it nobody vouches for the server, and with another authority neither.
    let (another, _) = behind_tls(Vec::new());
    place.write("another.pem", another);
    for general in ["", "[plugins]\nauthorities = [\"another.pem\"]"] {
        std::fs::remove_file(place.path().join("a.db")).expect("there");
        let ran = refer(&place, &base, general);
        assert!(
            ran.err.contains("certificate") && !ran.out.contains("ended in `good`"),
            "{general}: {ran:?}"
        );
    }
}

#[test]
fn authorities_that_cannot_be_read_are_told() {
    let place = Place::new();
    place.write("empty.pem", "nothing\n");
    place.write("latin.pem", [0xe9, 0xff]);
    for (file, why) in [
        ("empty.pem", "there is no certificate in it"),
        ("none.pem", "cannot be read"),
        ("latin.pem", "cannot be read"),
    ] {
        let ran = refer(&place, "https://zaken.test", &format!("[plugins]\nauthorities = [\"{file}\"]"));
        assert!(ran.status == 2 && ran.err.contains(file) && ran.err.contains(why), "{ran:?}");
    }
}
