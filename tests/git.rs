//! `voordeur git`: pathways in `git diff` and `git log -p`, in real repositories.

use std::fs;

use crate::diff::OLD;
use crate::program::{Place, top};

const GIT: &str =
    "git -c user.name=t -c user.email=t@example.org -c init.defaultBranch=main -c core.autocrlf=false";

/// A repository with one commit and a change on top of it.
fn repository() -> Place {
    let place = Place::new();
    place.shell("mkdir -p repo/towns");
    place.write("repo/towns/door.pathway", OLD);
    let made = place.shell(&format!("cd repo && {GIT} init -q && {GIT} add -A && {GIT} commit -qm one"));
    assert_eq!(made.status, 0, "{made:?}");
    place.write("repo/towns/door.pathway", OLD.replace("2 working days", "4 working days"));
    place
}

fn in_repository(place: &Place, line: &str) -> String {
    let ran = place.shell(&format!("cd repo && {line}"));
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{line}: {ran:?}");
    ran.out
}

#[test]
fn git_diff_says_what_changes_for_households_and_stays_a_patch() {
    let place = repository();
    let plain = in_repository(&place, "git diff");
    assert!(!plain.contains("weakens"), "{plain}");
    in_repository(&place, "voordeur git install");
    for folder in [".", "towns"] {
        let told = in_repository(&place, &format!("cd {folder} && git diff -- :/towns"));
        assert!(told.starts_with("diff towns/door.pathway\ndoor: version 1 and version 1\n"), "{told}");
        assert!(told.contains("weakens: call, term: 2 working days becomes 4 working days"), "{told}");
        assert!(
            told.contains("\n--- a/towns/door.pathway\n+++ b/towns/door.pathway\n@@ -5,7 +5,7 @@\n"),
            "{told}"
        );
    }
    in_repository(&place, "LC_ALL=nl_NL.UTF-8 git diff | grep -q '^Wijzigingen in de tekst'");
    // What is told before the lines does not keep `git` from taking them back.
    in_repository(&place, "git diff >../patch && git apply -R ../patch && git diff --quiet");
}

/// Another name and another mode are part of the patch; what is no text is not shown.
#[cfg(unix)]
#[test]
fn a_file_that_is_renamed_stays_a_patch() {
    let place = repository();
    in_repository(&place, "voordeur git install");
    in_repository(
        &place,
        "git mv towns/door.pathway towns/gate.pathway && chmod +x towns/gate.pathway && git add -A",
    );
    let told = in_repository(&place, "git diff --cached");
    for line in [
        "old mode 100644",
        "new mode 100755",
        "rename from towns/door.pathway",
        "rename to towns/gate.pathway",
    ] {
        assert!(told.contains(&format!("\n{line}\n")), "{line}: {told}");
    }
    in_repository(
        &place,
        "git diff --cached >../patch && git apply -R --index ../patch && git diff --cached --quiet",
    );
    in_repository(&place, "git apply --index ../patch && test -x towns/gate.pathway");
    place.write("repo/towns/gate.pathway", b"\x1b[31m\x07\0nothing");
    let told = in_repository(&place, "git diff");
    assert!(told.ends_with("Binary files a/towns/gate.pathway and b/towns/gate.pathway differ\n"), "{told}");
    assert!(!told.contains('\x1b'), "{told}");
    assert!(in_repository(&place, "git diff --no-ext-diff").contains("+14 bytes that are no text\n"));
}

#[test]
fn a_log_shows_every_version_and_is_not_broken_by_a_bad_one() {
    let place = repository();
    in_repository(&place, &format!("voordeur git install && {GIT} commit -qam two"));
    let broken = [&b"pathway {{{"[..], b"\xff\xfe\0nothing", b""];
    for (number, text) in broken.into_iter().enumerate() {
        place.write("repo/towns/door.pathway", text);
        in_repository(&place, &format!("{GIT} commit -qam broken-{number}"));
    }
    in_repository(&place, &format!("git mv towns/door.pathway towns/gate.pathway && {GIT} commit -qm moved"));
    place.write("repo/towns/gate.pathway", OLD);
    in_repository(
        &place,
        &format!("{GIT} commit -qam back && git rm -q towns/gate.pathway && {GIT} commit -qm gone"),
    );
    let told = in_repository(&place, "git log -p --ext-diff --format='commit %s'");
    assert_eq!(told.matches("commit ").count(), 8, "{told}");
    assert!(told.contains("weakens: call, term: 2 working days becomes 4 working days"), "{told}");
    assert!(told.contains("\n--- a/towns/gate.pathway\n+++ /dev/null\n"), "{told}");
    assert!(told.contains("\n--- /dev/null\n+++ b/towns/door.pathway\n@@ -0,0 +1,13 @@\n"), "{told}");
    let log = "set -o pipefail; git log -p --format='commit %s' | LC_ALL=C tr -d '\\376\\377'";
    let lines = in_repository(&place, log);
    assert!(lines.contains("+    must task call \"Call\" by worker within 4 working days\n"), "{lines}");
}

/// Without an external diff lines are compared in the one layout, under the head of their stage.
#[test]
fn only_the_layout_is_no_change_of_lines() {
    let place = repository();
    in_repository(&place, "voordeur git install");
    let changed = in_repository(&place, "git diff --no-ext-diff -U0");
    assert!(changed.contains("@@ stage talk \"Talk\" {\n-"), "{changed}");
    place.write("repo/towns/door.pathway", OLD.replace("    on call", "  on   call"));
    assert_eq!(in_repository(&place, "git diff --no-ext-diff | grep -c '^[+-] ' || true"), "0\n");
}

#[test]
fn installing_twice_is_installing_once_and_can_be_undone() {
    for before in [None, Some("*.txt text\n"), Some("*.txt text\r\n*.md text\r\n")] {
        let place = repository();
        let path = place.path().join("repo/.gitattributes");
        if let Some(text) = before {
            fs::write(&path, text).expect("written");
        }
        let config = || fs::read_to_string(place.path().join("repo/.git/config")).expect("it is there");
        let untouched = config();
        in_repository(&place, "voordeur git install");
        let once = (fs::read_to_string(&path).expect("it is there"), config());
        assert!(
            once.0.ends_with("# voordeur: begin\n*.pathway diff=pathway\n# voordeur: end\n"),
            "{}",
            once.0
        );
        in_repository(&place, "cd towns && voordeur git install");
        assert_eq!((fs::read_to_string(&path).expect("it is there"), config()), once);
        let said = in_repository(&place, "voordeur git install --uninstall --lang nl");
        assert_eq!(said, "`git` toont trajecten hier als elke andere tekst\n");
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), before);
        assert_eq!(config(), untouched);
        in_repository(&place, "voordeur git install --uninstall");
        assert_eq!((fs::read_to_string(&path).ok().as_deref(), config()), (before, untouched));
    }
}

/// `git` finds the program where it lies.
#[test]
fn a_program_that_is_not_on_the_path_is_called_by_where_it_lies() {
    let place = repository();
    let bare = "export PATH=$(dirname \"$(command -v git)\"):/usr/bin:/bin";
    let install = "program=$(command -v voordeur)";
    in_repository(&place, &format!("{install}; {bare}; ! command -v voordeur && \"$program\" git install"));
    let told = in_repository(&place, &format!("{bare}; git diff"));
    assert!(told.contains("weakens: call, term: 2 working days becomes 4 working days"), "{told}");
    // What was set so is ours.
    in_repository(&place, "voordeur git install");
    assert!(in_repository(&place, "git config diff.pathway.command").contains("then voordeur git diff "));
    in_repository(&place, &format!("{install}; {bare}; \"$program\" git install"));
    in_repository(&place, "voordeur git install --uninstall");
    assert_eq!(in_repository(&place, "git config diff.pathway.command || true"), "");
}

#[test]
fn what_is_not_ours_is_refused_and_left_as_it_is() {
    let place = repository();
    let refused = |line: &str, why: &str| {
        let ran = place.shell(line);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{line}: {ran:?}");
        assert!(ran.err.contains(why), "{line}: {}", ran.err);
    };
    refused(
        "voordeur git install",
        "this folder is in no working copy of a repository of git (fatal: not a git",
    );
    refused("voordeur git install --uninstall", "this folder is in no working copy");
    refused("cd repo/.git && voordeur git install --lang nl", "deze map ligt in geen werkkopie");
    in_repository(&place, "git config diff.pathway.command mine");
    refused("cd repo && voordeur git install", "`diff.pathway.command` is `mine` already");
    in_repository(&place, "test ! -e .gitattributes && voordeur git install --uninstall >../said");
    assert_eq!(in_repository(&place, "git config diff.pathway.command"), "mine\n");
    in_repository(&place, "git config --unset diff.pathway.command");
    place.write("repo/.gitattributes", "# voordeur: begin\n*.md text\n");
    refused("cd repo && voordeur git install", "stands there without `# voordeur: end`");
    assert_eq!(
        in_repository(&place, "cat .gitattributes; git config --get-regexp diff || true"),
        "# voordeur: begin\n*.md text\n"
    );
    // What `git` would not heed is not said to be so.
    let link =
        "cd repo && mv .gitattributes elsewhere && ln -s elsewhere .gitattributes && voordeur git install";
    refused(link, "`git` does not follow a symbolic link there");
    in_repository(
        &place,
        "rm .gitattributes; mkdir -p .git/info; echo '*.pathway -diff' > .git/info/attributes",
    );
    refused("cd repo && voordeur git install", "`git check-attr diff a.pathway` says something else");
    in_repository(&place, "test ! -e .gitattributes && ! git config --get-regexp diff");
}

/// Who has taken the program away sees lines, and why.
#[cfg(unix)]
#[test]
fn a_log_is_not_broken_where_the_program_has_gone() {
    let place = repository();
    in_repository(&place, &format!("voordeur git install && {GIT} commit -qam two"));
    let line = OLD.replace("2 working days", "6 working days");
    place.write("repo/towns/door.pathway", line);
    let bare = "export PATH=$(dirname \"$(command -v git)\"):/usr/bin:/bin; ! command -v voordeur";
    let told = in_repository(&place, &format!("{bare} && git diff"));
    assert!(told.starts_with("towns/door.pathway: this program does not run where it was"), "{told}");
    assert!(
        told.contains("\n--- a/towns/door.pathway\n+++ b/towns/door.pathway\n@@ -5,7 +5,7 @@\n"),
        "{told}"
    );
    in_repository(
        &place,
        &format!("{bare} && git diff > ../patch && git apply -R ../patch && git diff --quiet"),
    );
    // Of a file with another name, and of one that is gone, it is a patch as well.
    for change in ["git mv towns/door.pathway towns/gate.pathway", "git rm -q towns/door.pathway"] {
        in_repository(
            &place,
            &format!("git reset -q --hard && {change} && {bare} && git diff --cached > ../patch"),
        );
        in_repository(&place, "git reset -q --hard && git apply --index ../patch");
        let files = in_repository(&place, "git ls-files towns");
        assert_eq!(files, if change.contains("mv") { "towns/gate.pathway\n" } else { "" });
    }
    let log = in_repository(&place, &format!("git reset -q --hard && {bare} && git log -p"));
    assert!(log.contains("+    must task call"), "{log}");
    in_repository(&place, "voordeur git install --uninstall && ! git config --get-regexp diff");
}

/// What somebody has decided for one folder stays so, and is told.
#[test]
fn pathways_that_git_shows_otherwise_are_named() {
    let place = repository();
    place.write("repo/towns/.gitattributes", "*.pathway -diff\n");
    let told = in_repository(&place, "voordeur git install");
    assert!(
        told.ends_with("but not in towns/door.pathway, of which something else is said: `git check-attr diff towns/door.pathway`\n"),
        "{told}"
    );
}

/// A copy with its number behind its name is this program.
#[test]
fn a_program_with_another_name_takes_out_what_it_has_set() {
    let place = repository();
    for name in ["voordeur-1.2", "voordeur (1)"] {
        let named = format!(
            "cp \"$(command -v voordeur)\" '../{name}'; export PATH=$(dirname \"$(command -v git)\"):/usr/bin:/bin"
        );
        in_repository(&place, &format!("{named}; '../{name}' git install && '../{name}' git install"));
        assert!(in_repository(&place, "git diff").contains("weakens: call, term"));
        in_repository(&place, &format!("{named}; '../{name}' git install --uninstall"));
    }
    assert_eq!(in_repository(&place, "git config --get-regexp diff || true"), "");
}

/// The commands of the recipes in `docs/review.md`, with what the servers set.
#[test]
fn the_recipes_for_a_ci_stop_what_makes_somebody_worse_off() {
    let page = fs::read_to_string(top().join("docs/review.md")).expect("the page");
    let recipes: Vec<&str> =
        page.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(recipes.len(), 3);
    for recipe in recipes {
        let place = repository();
        in_repository(&place, "git update-ref refs/remotes/origin/main HEAD");
        let line = recipe.lines().find_map(|line| line.find("voordeur diff ").map(|at| &line[at..]));
        let line = line.expect("it compares");
        let set = "cd repo/towns && export GITHUB_BASE_REF=main SYSTEM_PULLREQUEST_TARGETBRANCH=refs/heads/main \
                   CI_MERGE_REQUEST_DIFF_BASE_SHA=$(git rev-parse HEAD)";
        let ran = place.shell(&format!("{set}; {line}"));
        assert_eq!((ran.status, ran.err.as_str()), (1, ""), "{line}: {ran:?}");
        let report = fs::read_to_string(place.path().join("repo/towns/review.xml")).unwrap_or(ran.out);
        assert!(
            report.contains("::error file=door.pathway,line=8") || report.contains("<failure"),
            "{report}"
        );
        place.write("repo/towns/door.pathway", OLD);
        assert_eq!(place.shell(&format!("{set}; {line}")).status, 0, "{line}");
    }
}
