//! A server whose connection breaks off around a commit, as somebody meets it who reports something: what was written is told as
//! written, and what nobody knows is told as that.

use std::fmt::Write as _;

use voordeur_testing::{Cut, Postgres, Wire};

use crate::program::{Place, Ran};

const TALK: &str = r#"pathway talk "Talk" {
  version "1"
  lead house
  agency house
  role worker of house
  trigger report_in from worker { -> first }
  event papers from worker
  stage first {
    may task speak by worker
    on papers notify worker
    on speak done -> good
    after 6 months -> good
  }
  end good "Good" success no aftercare because "a test"
}
"#;

/// Each command puts its own row among those who write first.
const FIRST: (Cut, &str) = (Cut::Never, "COMMIT");

/// A case on a server, by a way that breaks when it is told to.
struct Far {
    place: Place,
    wire: Wire,
    url: String,
    /// Its address without that way.
    server: String,
}

impl Far {
    fn new(server: &Postgres) -> Self {
        let place = Place::new();
        place.write("talk.pathway", TALK);
        let straight = server.database();
        let wire = Wire::to(server);
        let url = wire.url(straight.split(['/', '?']).nth(3).expect("a name"), "tcp_user_timeout=1000");
        let open = ["case", "open", "--db", &url, "--pathway", "talk.pathway", "a", "report_in"];
        let opened = place.run(&[&open[..], &["--by", "worker"]].concat());
        assert_eq!(opened.status, 0, "{opened:?}");
        Self { place, wire, url, server: straight }
    }

    /// Reports papers, and so often the way breaks.
    fn report(&self, cuts: &[(Cut, &'static str)], then_away: bool, more: &[&str]) -> Ran {
        self.wire.plan(cuts, then_away);
        let words = ["case", "event", "--db", &self.url, "a", "papers", "--by", "worker"];
        let ran = self.place.run(&[more, &words[..]].concat());
        assert!(self.wire.mend(), "{ran:?}");
        ran
    }

    /// How often papers stand in the journal.
    fn reported(&self) -> usize {
        let shown = self.place.run(&["case", "show", "--db", &self.server, "a"]);
        assert_eq!(shown.status, 0, "{shown:?}");
        shown.out.matches("`papers`, by worker").count()
    }
}

#[test]
fn a_report_that_was_written_is_told_as_written_however_its_connection_breaks_off() {
    let Some(server) = Postgres::start() else { return };
    let far = Far::new(&server);
    let mut cuts = vec![FIRST, (Cut::After, "COMMIT")];
    cuts.extend([(Cut::Before, "BEGIN"); 12]);
    // It is found out, and then the connections break off on which is read what comes of it.
    cuts.push((Cut::Never, "COMMIT"));
    cuts.extend([(Cut::Before, ""); 3]);
    let ran = far.report(&cuts, false, &[]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{ran:?}");
    assert_eq!(ran.out.matches("`papers`, by worker").count(), 1, "{ran:?}");
    assert_eq!(far.reported(), 1);
    // The commit is answered, and then the server is away.
    let ran = far.report(&[FIRST, (Cut::Never, "COMMIT")], true, &[]);
    let waits = "trouble: a: what was reported is written, and what comes of it waits: ";
    assert!(ran.status == 0 && ran.err.starts_with(waits), "{ran:?}");
    assert_eq!(far.reported(), 2);
    let verified = far.place.run(&["db", "verify", "--db", &far.server]);
    assert_eq!(verified.status, 0, "{verified:?}");
}

#[test]
fn a_report_of_which_nobody_knows_whether_it_was_written_is_told_as_that() {
    let Some(server) = Postgres::start() else { return };
    let far = Far::new(&server);
    let mut told = String::new();
    for (cut, more, there) in [(Cut::After, &[][..], 1), (Cut::Before, &["--lang", "nl"], 1)] {
        let ran = far.report(&[FIRST, (cut, "COMMIT")], true, more);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{cut:?}: {ran:?}");
        writeln!(told, "{}", ran.err).expect("written");
        assert_eq!(far.reported(), there, "{cut:?}");
    }
    assert!(told.contains("This may be written, or not"), "{told}");
    assert!(told.contains("misschien wel geschreven en misschien niet"), "{told}");
    assert_eq!(told.matches("`voordeur case show`").count(), 2, "{told}");
}

/// What breaks off before it is written is tried again; a command that has not begun tells that the server is away.
#[test]
fn a_report_whose_connection_breaks_off_before_it_is_written_is_written_once() {
    let Some(server) = Postgres::start() else { return };
    let far = Far::new(&server);
    let ran = far.report(&[FIRST, (Cut::Before, "COMMIT"), (Cut::Before, "BEGIN")], false, &[]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{ran:?}");
    let ran = far.report(&[(Cut::After, "FROM about")], false, &[]);
    assert!(ran.status == 2 && ran.err.contains("the database server cannot be reached"), "{ran:?}");
    assert_eq!(far.reported(), 1);
}
