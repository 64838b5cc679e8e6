//! A PostgreSQL cluster for tests, in a temporary folder: started by the first test that needs it, stopped after the
//! last.

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use sqlx::{Connection, postgres::PgConnection};

/// A running cluster.
pub struct Cluster {
    folder: PathBuf,
    port: u16,
    durable: bool,
    /// Beside those that every cluster has, `name=value`.
    settings: Vec<String>,
}

/// The cluster shared by the tests; each test has its own databases on it.
pub fn shared() -> &'static Cluster {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    SHARED.get_or_init(|| Cluster::start(false))
}

impl Cluster {
    /// Creates and starts a cluster. Its server ends with this process, however that ends. Without `durable` it does
    /// not fsync: it survives a crash of the server, but not of the machine.
    pub fn start(durable: bool) -> Cluster {
        Cluster::start_with(durable, &[])
    }

    /// The same, with settings of its own, `name=value`.
    pub fn start_with(durable: bool, settings: &[&str]) -> Cluster {
        Cluster::make(durable, settings, None)
    }

    /// The same, with TLS: a certificate and its key, in PEM.
    pub fn start_with_tls(certificate: &str, key: &str) -> Cluster {
        Cluster::make(
            false,
            &["ssl=on", "ssl_cert_file=server.crt", "ssl_key_file=server.key"],
            Some((certificate, key)),
        )
    }

    fn make(durable: bool, settings: &[&str], tls: Option<(&str, &str)>) -> Cluster {
        // Kept, since a static is never dropped. The server's keeper process removes it.
        let folder = tempfile::Builder::new().prefix("switchboard-pg-").tempdir().expect("a folder").keep();
        let settings = settings.iter().map(|setting| (*setting).to_owned()).collect();
        let cluster = Cluster { folder, port: free(), durable, settings };
        let user = unprivileged(&cluster.folder);
        let mut init = user.command();
        init.arg(program("initdb")).args([
            "--auth=trust",
            "--username=postgres",
            "--no-sync",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ]);
        let made = init.arg("-D").arg(cluster.data()).output().expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        if let Some((certificate, key)) = tls {
            cluster.certify(certificate, key);
        }
        cluster.serve();
        cluster
    }

    /// Gives a server with TLS a certificate and its key, in PEM; it takes them when it starts.
    pub fn certify(&self, certificate: &str, key: &str) {
        for (name, text) in [("crt", certificate), ("key", key)] {
            let file = self.data().join(format!("server.{name}"));
            std::fs::write(&file, text).expect("a file");
            std::fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("its rights");
            unprivileged(&file);
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Starts the server and waits until it answers.
    pub fn serve(&self) {
        // The kernel signals the keeper when the thread that started it ends, so that is a thread that lives as long
        // as this process.
        const KEEPER: &str =
            r#"trap 'kill -INT $server; wait $server; rm -rf "$0"; exit' TERM; "$@" & server=$!; wait $server"#;
        let mut server = unprivileged(&self.folder).command();
        server.args(["--pdeathsig=TERM", "sh", "-c", KEEPER]).arg(&self.folder);
        server.arg(program("postgres")).arg("-D").arg(self.data()).args([
            "-c",
            &format!("fsync={}", if self.durable { "on" } else { "off" }),
            "-c",
            "max_connections=300",
            "-c",
            "listen_addresses=127.0.0.1",
        ]);
        server.args([
            "-c",
            &format!("port={}", self.port),
            "-c",
            &format!("unix_socket_directories={}", self.folder.display()),
        ]);
        server.args(self.settings.iter().flat_map(|setting| ["-c", setting]));
        server.stdout(Stdio::null()).stderr(std::fs::File::create(self.folder.join("log")).expect("a log"));
        thread::spawn(move || server.spawn().and_then(|mut child| child.wait()));
        let asked = Instant::now();
        while unprivileged(&self.folder)
            .command()
            .arg(program("pg_isready"))
            .args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()])
            .status()
            .is_ok_and(|status| !status.success())
        {
            let log = || std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(asked.elapsed() < Duration::from_secs(60), "Postgres does not start: {}", log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What the server has logged since it was started.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).expect("the server's log")
    }

    /// Stops the server as a restart does (fast shutdown): sessions are cut, nothing is lost.
    pub fn stop(&self) {
        let stopped = unprivileged(&self.folder)
            .command()
            .arg(program("pg_ctl"))
            .args(["stop", "-m", "fast", "-w", "-D"])
            .arg(self.data())
            .output();
        assert!(stopped.expect("pg_ctl runs").status.success());
    }

    /// Creates a database; returns its URL.
    pub async fn database(&self) -> String {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let name = format!("test_{}", MADE.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url("postgres")).await.expect("the cluster answers");
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}")))
            .execute(&mut connection)
            .await
            .expect("made");
        connection.close().await.expect("closed");
        self.url(&name)
    }

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A PgBouncer in front of a database, pooling by transaction, with fewer server sessions than clients.
pub struct Pooler {
    folder: PathBuf,
    process: std::process::Child,
    /// The database's URL through the pooler.
    pub url: String,
}

impl Pooler {
    /// Starts a PgBouncer with default settings, except the pool mode.
    pub fn by_transaction(database: &str) -> Pooler {
        Pooler::with_user(database, "postgres")
    }

    /// The same, for a user who is not the owner of the cluster.
    pub fn with_user(database: &str, user_name: &str) -> Pooler {
        let folder = tempfile::Builder::new().prefix("switchboard-pooler-").tempdir().expect("a folder").keep();
        let (server, name) = database.rsplit_once('/').expect("an address");
        let (_, server_port) = server.rsplit_once(':').expect("a port");
        let port = free();
        let settings = format!(
            "[databases]\n{name} = host=127.0.0.1 port={server_port} user={user_name}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = any\npool_mode = transaction\ndefault_pool_size = 4\n"
        );
        let file = folder.join("pgbouncer.ini");
        std::fs::write(&file, settings).expect("settings");
        let user = unprivileged(&folder);
        let mut command = user.command();
        let brought = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/pgbouncer/usr");
        if let Some(libraries) = libraries_in(&brought) {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let places = [PathBuf::from("/usr/sbin"), brought.join("sbin")];
        let program = places.iter().map(|place| place.join("pgbouncer")).find(|file| file.is_file());
        command.arg("--pdeathsig=TERM").arg(program.expect("`make test` brings PgBouncer")).arg("-q").arg(&file);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("PgBouncer starts");
        let asked = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(asked.elapsed() < Duration::from_secs(60), "PgBouncer does not start");
            thread::sleep(Duration::from_millis(50));
        }
        Pooler { folder, process, url: format!("postgres://postgres@127.0.0.1:{port}/{name}") }
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Finds a program of PostgreSQL: where Debian puts it, where `tools/postgres.sh` puts it, or in the path.
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let brought = brought().join("usr/lib/postgresql");
    let versions =
        ["/usr/lib/postgresql".into(), brought].into_iter().filter_map(|folder| std::fs::read_dir(folder).ok());
    let bins = versions.flatten().flatten().map(|version| version.path().join("bin"));
    let mut found =
        bins.chain(std::env::split_paths(&path)).map(|folder| folder.join(name)).filter(|file| file.is_file());
    found.next().unwrap_or_else(|| panic!("`{name}` of Postgres is not here: `make test` brings it"))
}

fn brought() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.tools/postgres")
}

/// The folder of libraries beside the programs, if there is one.
pub fn libraries() -> Option<PathBuf> {
    libraries_in(&brought().join("usr"))
}

/// The libraries in a folder `usr` into which packages of Debian were unpacked.
pub fn libraries_in(usr: &Path) -> Option<PathBuf> {
    let mut libraries = usr.join("lib").read_dir().ok()?.flatten().map(|entry| entry.path());
    libraries.find(|folder| folder.to_string_lossy().ends_with("-linux-gnu"))
}

/// The user that runs the server: PostgreSQL refuses to run as root, then `nobody`.
struct User {
    privileged: bool,
}

fn unprivileged(folder: &Path) -> User {
    use std::os::unix::fs::{MetadataExt, chown};
    const NOBODY: u32 = 65_534;
    let privileged = std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if privileged {
        chown(folder, Some(NOBODY), Some(NOBODY)).expect("root may give its folder away");
    }
    User { privileged }
}

impl User {
    fn command(&self) -> Command {
        let mut command = Command::new("setpriv");
        if self.privileged {
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
        }
        command.current_dir("/").envs(libraries().map(|folder| ("LD_LIBRARY_PATH", folder)));
        command
    }
}

/// A free port, never returned twice. It lies below the kernel's ephemeral ports (from 32768 on), so that no
/// connection takes it first.
pub fn free() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    // Concurrent test runs start at different ports.
    let first = 20_000 + (std::process::id() % 100) as u16 * 100;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
