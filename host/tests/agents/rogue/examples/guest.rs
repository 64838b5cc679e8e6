//! An agent that asks WASI for all that it has, as a component of another tool chain would, and says what came.

use agent_sdk::{Agent, Language, Outcome, Profile, Result, Turn, export, log, reply, tr};

// No component model on the machine that tests run on: there this is an empty library.
#[cfg(target_arch = "wasm32")]
mod bindings {
    wit_bindgen::generate!({ path: "wit", world: "imports", generate_all });
}

struct Guest;

export!(Guest);

impl Agent for Guest {
    fn profile() -> Profile {
        Profile::new("guest", env!("CARGO_PKG_VERSION"), "Asks WASI for all it has.")
            .titled(tr!("Guest", "Guest"), tr!("Asks WASI", "Asks WASI"))
            .keywords(Language::En, "guest 5")
    }

    fn handle(turn: &Turn) -> Result<Outcome> {
        let text = turn.text().unwrap_or_default();
        Ok(Outcome::say(reply::text(act(text.strip_prefix("guest ").unwrap_or(text)))))
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn act(asked: &str) -> String {
    log::write(log::Level::Info, asked);
    asked.to_owned()
}

#[cfg(target_arch = "wasm32")]
fn act(asked: &str) -> String {
    use bindings::wasi::{
        cli::{environment, exit, stderr, stdin, stdout},
        clocks::{monotonic_clock, wall_clock},
        filesystem::preopens,
        io::poll,
        random::{insecure, insecure_seed, random},
        sockets::{instance_network::instance_network, ip_name_lookup, network::IpAddressFamily, tcp_create_socket},
    };

    /// An hour in nanoseconds.
    const HOUR: u64 = 3_600_000_000_000;

    let print = |text: &str| drop(stdout::get_stdout().blocking_write_and_flush(text.as_bytes()));
    match asked {
        "clock" => {
            let before = (wall_clock::now(), monotonic_clock::now());
            monotonic_clock::subscribe_duration(HOUR).block();
            monotonic_clock::subscribe_instant(u64::MAX).block();
            let after = (wall_clock::now(), monotonic_clock::now());
            let stood = before.0.seconds == after.0.seconds && before.1 == after.1;
            format!("{}.{:09} {} stood {stood}", after.0.seconds, after.0.nanoseconds, after.1)
        }
        "random" => format!(
            "{:?} {} {} {:?}",
            random::get_random_bytes(9),
            random::get_random_u64(),
            insecure::get_insecure_random_u64(),
            insecure_seed::insecure_seed()
        ),
        "surroundings" => format!(
            "env {:?} args {:?} cwd {:?} dirs {} stdin {:?} tcp {:?} dns {:?}",
            environment::get_environment(),
            environment::get_arguments(),
            environment::initial_cwd(),
            preopens::get_directories().len(),
            stdin::get_stdin().blocking_read(1).map_err(|_| "ended"),
            tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4).map(|_| ()).map_err(|code| code.name()),
            ip_name_lookup::resolve_addresses(&instance_network(), "localhost").map(|_| ()).map_err(|code| code.name()),
        ),
        "print" => {
            print("call +25078");
            drop(stderr::get_stderr().blocking_write_and_flush(b"of stderr\n"));
            print("8000002 about it\n");
            log::write(log::Level::Info, "of log");
            print("no newline");
            "printed".into()
        }
        "print much" => {
            (0..1_000).for_each(|_| print("much\n"));
            "printed".into()
        }
        "poll" => {
            let stdin = stdin::get_stdin();
            let waits = [monotonic_clock::subscribe_duration(HOUR), stdin.subscribe()];
            let mut ready = poll::poll(&[&waits[0], &waits[1]]);
            ready.sort_unstable();
            format!("ready {ready:?} {}", waits[0].ready())
        }
        "wait" => {
            let until = monotonic_clock::now() + HOUR;
            while monotonic_clock::now() < until {
                monotonic_clock::subscribe_instant(until).block();
            }
            "waited".into()
        }
        "hoard" => {
            let mut hoard = Vec::new();
            loop {
                hoard.push(monotonic_clock::subscribe_duration(HOUR));
            }
        }
        "zeroes" => format!("{}", stdout::get_stdout().write_zeroes(u64::MAX >> 20).is_ok()),
        "entropy" => format!("{}", random::get_random_bytes(1 << 30).len()),
        "exit" => {
            print("before the exit");
            exit::exit(Err(()));
            "went on".into()
        }
        other => format!("guest heard {other}"),
    }
}
