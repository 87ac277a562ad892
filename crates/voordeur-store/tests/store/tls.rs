//! A connection to a server over TLS, whose certificate is checked.

use std::path::Path;

use voordeur_store::{Store, StoreError};
use voordeur_testing::Postgres;

#[tokio::test]
async fn a_server_is_reached_over_tls_when_its_certificate_is_of_the_right_authority() {
    let Some(mut server) = Postgres::start() else { return };
    let name = "localhost".to_owned();
    let made = rcgen::generate_simple_self_signed(vec![name.clone()]).expect("a certificate");
    let other = rcgen::generate_simple_self_signed(vec![name]).expect("a certificate");
    let folder = tempfile::tempdir().expect("a folder");
    let [right, wrong] = [("right", &made.cert), ("wrong", &other.cert)].map(|(name, certificate)| {
        let file = folder.path().join(name);
        std::fs::write(&file, certificate.pem()).expect("written");
        file.display().to_string()
    });
    let port = server.over_tls(&made.cert.pem(), &made.signing_key.serialize_pem());
    server.sql("postgres", "CREATE DATABASE secure");
    let url = |root: &str| {
        format!("postgres://voordeur@localhost:{port}/secure?sslmode=verify-full&sslrootcert={root}")
    };
    let refused = Store::create(Path::new(&url(&wrong))).await.expect_err("not that authority");
    assert!(matches!(refused, StoreError::Unreachable { .. }), "{refused}");
    let store = Store::create(Path::new(&url(&right))).await.expect("connected");
    assert_eq!(store.cases("", 1).await.expect("read"), []);
    let open = "SELECT count(*) = 0 FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                WHERE application_name = 'voordeur' AND NOT ssl";
    assert_eq!(server.sql("secure", open), "t", "no connection goes without");
    store.close().await;
}
