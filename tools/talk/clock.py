"""The test clock: a fixed moment, so that "tonight" is still to come whenever the programs run. Standard library only.

TALK_NOW sets another moment (ISO 8601); an empty one leaves the machine's clock as it is."""
import datetime as dt, os, time

NOW = os.environ.get("TALK_NOW", "2026-11-26T12:45:00+02:00")
_ahead = dt.datetime.fromisoformat(NOW).timestamp() - time.time() if NOW else 0.0


def now():
    """Seconds since 1970 by the test clock."""
    return time.time() + _ahead


def set_for(env, folder):
    """Has a host, built with its test hooks, follow the test clock."""
    if NOW:
        file = os.path.join(folder, "clock")
        with open(file, "w") as f:
            f.write(str(round(_ahead * 1000)))
        env["SWITCHBOARD_CLOCK_FILE"] = file
