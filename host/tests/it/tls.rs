//! TLS to Postgres: what `sslmode` and `sslrootcert` in DATABASE_URL ask for, for readers and writer alike.

use bytes::Bytes;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use switchboard_core::inbox::Delivery;
use switchboard_kit::{cluster::Cluster, stage::until};
use switchboard_store::{Role, Store, StoreError, StoreOptions};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// A certificate for `localhost` alone, and its key.
fn issued_by(authority: &Authority) -> [String; 2] {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a name");
    [params.signed_by(&key, authority).expect("a certificate").pem(), key.serialize_pem()]
}

async fn store(url: &str) -> Result<Store, StoreError> {
    Store::open(url, StoreOptions { role: Role::Tool, ..StoreOptions::default() }).await
}

async fn write(store: &Store) -> Result<(), StoreError> {
    let (body, items) = (Bytes::from_static(b"{}"), Vec::new());
    store.ingest(Delivery { body, received_at: 1, items, unreadable: None, forwards: false }).await.map(drop)
}

/// Writes and reads on an address.
async fn use_it(url: &str) -> Result<(), StoreError> {
    let store = store(url).await?;
    write(&store).await?;
    assert!(store.count("select count(*) from delivery").await? > 0);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_mode_is_kept_by_readers_and_writer() {
    let folder = tempfile::tempdir().expect("a folder");
    let (ours, strange) = (authority("ours"), authority("strange"));
    for (name, authority) in [("ours", &ours), ("strange", &strange)] {
        std::fs::write(folder.path().join(format!("{name}.pem")), authority.pem()).expect("a file");
    }
    let pem = folder.path().display();
    let [certificate, key] = issued_by(&ours);
    let cluster = Cluster::start_with_tls(&certificate, &key);
    let url = cluster.database().await;
    let local = url.replace("127.0.0.1", "localhost");
    for good in [
        format!("{url}?sslmode=disable"),
        format!("{url}?sslmode=prefer"),
        format!("{url}?sslmode=require"),
        format!("{url}?sslmode=require&sslrootcert={pem}/strange.pem"),
        format!("{url}?sslmode=verify-ca&sslrootcert={pem}/ours.pem"),
        format!("{local}?sslmode=verify-full&sslrootcert={pem}/ours.pem"),
    ] {
        use_it(&good).await.unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    for bad in [
        format!("{url}?sslmode=verify-ca"),
        format!("{url}?sslmode=verify-ca&sslrootcert={pem}/strange.pem"),
        format!("{url}?sslmode=verify-full&sslrootcert={pem}/ours.pem"),
    ] {
        let refused = use_it(&bad).await.expect_err(&bad);
        assert!(refused.to_string().contains("certificate"), "{bad}: {refused}");
    }

    // What has its connection already asks anew when it makes another.
    let trusting = store(&format!("{url}?sslmode=require")).await.expect("it opens");
    let checking = store(&format!("{url}?sslmode=verify-ca&sslrootcert={pem}/ours.pem")).await.expect("it opens");
    let named = local + &format!("?sslmode=verify-full&sslrootcert={pem}/ours.pem");
    let named = store(&named).await.expect("it opens");
    for store in [&trusting, &checking, &named] {
        write(store).await.expect("it is stored");
    }
    cluster.stop();
    let [certificate, key] = issued_by(&strange);
    cluster.certify(&certificate, &key);
    cluster.serve();
    until("it writes again", async || write(&trusting).await.is_ok()).await;
    for store in [&checking, &named] {
        let is_refused = async || match write(store).await {
            Ok(()) => panic!("the authority is a strange one"),
            Err(error) => error.to_string().contains("certificate"),
        };
        until("it is refused for its certificate", is_refused).await;
    }
}
