//! The server burnt down: a dump is restored on a new cluster, as docs/restore.md says it.

use std::process::{Command, Output};

use switchboard_kit::{
    cluster::{self, Cluster, program},
    shell::Shell,
    stage::{Stage, until},
    talk::text,
};

const ALICE: &str = "250788000001";

/// The rights of all roles: of relations and columns, functions, schemas; the policies of row security.
const RIGHTS: &str = "
    select format('relation %s %s %s', c.oid::regclass, g.rolname, string_agg(x.privilege_type, ',' order by x.privilege_type)) as line
    from pg_class as c cross join lateral aclexplode(c.relacl) as x join pg_roles as g on g.oid = x.grantee
    where c.relnamespace in ('public'::regnamespace, 'switchboard'::regnamespace) and c.relkind in ('r', 'v') and x.grantee <> c.relowner
    group by c.oid, g.rolname
    union all
    select format('column %s.%s %s %s', a.attrelid::regclass, a.attname, g.rolname, x.privilege_type)
    from pg_attribute as a join pg_class as c on c.oid = a.attrelid cross join lateral aclexplode(a.attacl) as x
    join pg_roles as g on g.oid = x.grantee
    where c.relnamespace in ('public'::regnamespace, 'switchboard'::regnamespace)
    union all
    select format('function %s %s', p.oid::regprocedure, case x.grantee when 0 then 'public' else pg_get_userbyid(x.grantee)::text end)
    from pg_proc as p cross join lateral aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as x
    where p.pronamespace in ('public'::regnamespace, 'switchboard'::regnamespace) and x.grantee <> p.proowner
    union all
    select format('schema %s %s %s', n.nspname, g.rolname, x.privilege_type)
    from pg_namespace as n cross join lateral aclexplode(n.nspacl) as x join pg_roles as g on g.oid = x.grantee
    where n.nspname = 'switchboard' and x.grantee <> n.nspowner
    union all
    select format('policy %s %s %s %s %s %s', tablename, policyname, roles, cmd, qual, with_check) from pg_policies
    union all
    select format('security %s %s', oid::regclass, relrowsecurity) from pg_class where relrowsecurity
    order by 1";

fn run(program: &mut Command) -> Output {
    program.output().expect("it runs")
}

/// Runs `deploy/roles.sql` as the page says.
fn roles(url: &str, password: &str) -> Output {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/roles.sql");
    let password = format!("password={password}");
    run(Command::new(program("psql")).args([url, "-qX", "-v", &password, "-f", file]))
}

fn restore(url: &str, dump: &str) -> Output {
    run(Command::new(program("pg_restore")).args(["--no-owner", "-d", url, dump]))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn done(stage: &Stage, arguments: &[&str]) -> String {
    let output = stage.run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_is_restored_on_a_new_server() {
    let mut stage = Stage::new(&["support"]);
    let first = cluster::shared().database().await;
    stage.set("DATABASE_URL", &first);
    stage.start().await;
    stage.talk(ALICE).say("hello").await;
    until("it is sent", async || stage.count("select count(*) from outbox where state = 'sent'").await > 0).await;
    // A status that comes to the restored host would prove that the reply below was sent.
    let arrived =
        "select count(*) from outbox where wamid not in (select wamid from status where status = 'delivered')";
    until("its statuses came", async || stage.count(arrived).await == 0).await;
    stage.terminate();
    // A reply and a message that waited when the dump was made.
    stage
        .sql("update outbox set state = 'queued', wamid = null where outbox_id = (select max(outbox_id) from outbox)")
        .await;
    let dump = stage.folder().join("whole.dump").display().to_string();
    done(&stage, &["db", "backup", &dump]);
    let wanted = Shell::open(&first).await.texts(RIGHTS).await;
    assert!(wanted.len() > 100, "{wanted:#?}");

    // The page's order, on a server that has never seen the roles.
    let server = Cluster::start(false);
    let fresh = server.database().await;
    let without = run(Command::new(program("psql")).args([
        &fresh,
        "-qX",
        "-f",
        concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/roles.sql"),
    ]));
    assert!(!without.status.success() && said(&without).contains("give a password"), "{}", said(&without));
    for password in ["'first'", "'second'"] {
        let output = roles(&fresh, password);
        assert!(output.status.success(), "{}", said(&output));
    }
    let output = restore(&fresh, &dump);
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(Shell::open(&fresh).await.texts(RIGHTS).await, wanted, "roles first: the dump has all rights");

    // The night's order: the dump first. Its rights are lost, and `db repair` gives them again.
    let other = Cluster::start(false);
    let late = other.database().await;
    assert!(!restore(&late, &dump).status.success(), "there are no roles");
    assert!(roles(&late, "'second'").status.success());
    let lost = Shell::open(&late).await.texts(RIGHTS).await;
    assert!(lost.len() < wanted.len() / 2, "{lost:#?}");
    stage.set("DATABASE_URL", &late);
    for _ in 0..2 {
        done(&stage, &["db", "repair"]);
        assert_eq!(Shell::open(&late).await.texts(RIGHTS).await, wanted, "as the migrations give them");
    }

    // What waited is held, and a host of the least rights serves.
    stage.set("DATABASE_URL", &fresh);
    assert!(said(&stage.run(&["db", "hold-queued"])).contains("add --yes"));
    let held = done(&stage, &["db", "hold-queued", "--yes"]);
    assert!(held.starts_with("0 messages and 1 replies"), "{held}");
    assert!(done(&stage, &["dead", "list"]).contains("held after a restore"));
    done(&stage, &["db", "repair"]);
    let doctor = said(&stage.run(&["doctor"]));
    assert!(!doctor.lines().any(|line| line.starts_with("BAD")), "{doctor}");
    let as_host = fresh.replace("postgres@", "switchboard_host:second@");
    assert_ne!(as_host, fresh);
    stage.set("DATABASE_URL", &as_host);
    stage.start().await;
    assert!(said(&stage.run(&["db", "hold-queued", "--yes"])).contains("lives on this database"));
    assert_eq!(stage.say(ALICE, text("are you back?")).await, 200);
    until("she is answered", async || stage.count("select count(*) from message where state = 'answered'").await == 2)
        .await;
    assert_eq!(stage.count("select count(*) from outbox where state = 'dead'").await, 1, "it waits for an operator");
    let dead = done(&stage, &["dead", "discard", "replies", "--yes"]);
    assert!(dead.contains("1 of 1 discarded"), "{dead}");
    stage.terminate();
}

/// A file is restored by copying it back; what waited is held there too.
#[tokio::test]
async fn what_waited_in_a_file_is_held() {
    let mut stage = Stage::new(&["support"]);
    stage.start().await;
    stage.talk(ALICE).say("hello").await;
    until("it is sent", async || stage.count("select count(*) from outbox where state = 'sent'").await > 0).await;
    stage.terminate();
    stage
        .sql("update outbox set state = 'queued', wamid = null where outbox_id = (select max(outbox_id) from outbox)")
        .await;
    stage.sql("update message set state = 'queued'").await;
    assert!(said(&stage.run(&["db", "repair"])).contains("a file needs no repair"));
    let held = done(&stage, &["db", "hold-queued", "--yes"]);
    assert!(held.starts_with("1 messages and 1 replies"), "{held}");
    assert_eq!(stage.count("select count(*) from audit where act = 'restore.hold'").await, 2);
}
