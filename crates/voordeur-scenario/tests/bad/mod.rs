//! Slips that people make, each as it would stand in a file: what they are told about them.

/// A small pathway with something in the place of a line of it.
fn english(part: &str, text: &str) -> String {
    let parts = [
        (
            "DATA",
            "urgent yes_no kept because \"x\"  amount money kept because \"x\"  months count 0..12 kept because \"x\"  day date kept because \"x\"",
        ),
        ("TRIGGER", "trigger signal from anyone { asks urgent, amount, months, day -> first }"),
        ("STAGE", "stage first"),
        ("OPENS", "must task talk by worker within 1 week"),
        ("RULE", "on talk done -> good"),
        ("ITEM", ""),
    ];
    let mut out = "pathway visits \"Visits\" {\n  version \"1\"\n  lead   house\n  agency house\n  role   worker of house\n  data { DATA }\n  TRIGGER\n  STAGE {\n    OPENS\n    RULE\n    on talk overdue -> bad\n  }\n  ITEM\n  end good success\n  end bad  failure\n}\n".to_owned();
    for (name, usual) in parts {
        out = out.replacen(name, if name == part { text } else { usual }, 1);
    }
    out
}

/// The same in Dutch.
fn dutch(part: &str, text: &str) -> String {
    let parts = [
        ("DATA", "spoed ja_nee  schuld bedrag  maanden_terug aantal 0..12  dag_ervan datum"),
        (
            "TRIGGER",
            "aanleiding signaal van iedereen { vraagt spoed, schuld, maanden_terug, dag_ervan -> eerst }",
        ),
        ("STAGE", "fase eerst"),
        ("OPENS", "moet taak gesprek door medewerker binnen 1 week"),
        ("RULE", "bij gesprek gedaan -> goed"),
        ("ITEM", ""),
    ];
    let mut out = "traject bezoeken_thuis \"Bezoeken\" {\n  versie \"1\"\n  regie  huis\n  instantie huis\n  rol   medewerker van huis\n  gegevens { DATA }\n  TRIGGER\n  STAGE {\n    OPENS\n    RULE\n    bij gesprek te_laat -> slecht\n  }\n  ITEM\n  einde goed geslaagd\n  einde slecht mislukt\n}\n".to_owned();
    for (name, usual) in parts {
        out = out.replacen(name, if name == part { text } else { usual }, 1);
    }
    out
}

/// What is written, and the file in which it stands.
pub(crate) fn slips() -> Vec<(&'static str, String)> {
    let in_english = [
        ("OPENS", "must task talk within 2 weeks"),
        ("OPENS", "must task tlak by worker within 2 weeks  must visit talk"),
        ("OPENS", "must task talk by worker within two weeks"),
        ("OPENS", "must task talk by worker 5 days before day paused while urgent because \"papers\""),
        ("RULE", "on talk done -> back"),
        (
            "RULE",
            "must question card { answers yes_please, no_thanks  silent after 3 weeks }  on talk done -> good  on card yes_please -> good  on card silent -> bad",
        ),
        ("OPENS", "must task talk by worker within 1.5 days"),
        ("OPENS", "must task talk by worker within 2,5 weeks"),
        ("OPENS", "must task talk by worker within -3 days"),
        ("OPENS", "must task talk by worker within 999999999999 days"),
        ("OPENS", "must task talk by partner within 1 week"),
        ("OPENS", "must task talk by worker within 1 week cold"),
        ("OPENS", "must task talk by worker within 3 workdays"),
        ("OPENS", "must task talk by worker within 2 weken"),
        ("RULE", "on consent gven -> bad"),
        ("RULE", "on talk taken up -> good"),
        ("RULE", "on talk done when done -> good"),
        ("RULE", "on talk done when amount > 1000 -> good  on talk done otherwise -> bad"),
        ("RULE", "on talk done when amount > €1.000 -> good  on talk done otherwise -> bad"),
        ("RULE", "on talk done when months > 13 -> good  on talk done otherwise -> bad"),
        ("RULE", "on talk done when day = 2027-02-30 -> good  on talk done otherwise -> bad"),
        ("RULE", "on talk done when months = 99999999999999999999 -> good  on talk done otherwise -> bad"),
        ("RULE", "on talk done -> good; on talk overdue -> bad"),
        ("RULE", "on talk done when urgent = \"ja\" -> good  on talk done otherwise -> bad"),
        ("RULE", "on talk overdue escalate late"),
        ("RULE", "when all of talk look done -> good"),
        ("RULE", "when all of (talk look) done -> good"),
        ("RULE", "when all of (talk, look) are done -> good"),
        ("RULE", "when all of talk, look, done -> good"),
        ("STAGE", "stage first at most 3 times"),
        ("STAGE", "stage first at most 3 times, -> bad"),
        ("ITEM", "eligible when urgent"),
        ("ITEM", "measure after_a_year by worker asks urgent"),
        ("DATA", "urgent yes_no  amount €1.000  months count 0..12  day date"),
        ("DATA", "urgent yes  amount money  months count 0..12  day date"),
        (
            "OPENS",
            "must visit talk by worker within 2 days announced by letter at least 5 working days before attempts 2  on talk refused -> bad  on talk exhausted -> bad",
        ),
        (
            "OPENS",
            "must visit talk by worker within 2 weeks announced unannounced attempts 2  on talk refused -> bad  on talk exhausted -> bad",
        ),
        ("OPENS", "must task talk by worker within 1 day  remind worker 3 days before talk is due"),
        ("OPENS", "offers 2 hours per week  offers 3 hours per week  must task talk by worker within 1 day"),
        (
            "OPENS",
            "must task talk by worker within 1 week  must series row by worker { 6 visits in 3 months  at least 6 weeks apart }  on row missed notify house  on row refused -> bad  on row all_done -> good  on row over -> bad",
        ),
        ("ITEM", "agency helper capacity 0 open at once"),
        ("DATA", "urgent yes_no shared with anyone  amount money  months count 0..12  day date"),
        ("ITEM", "facts { \"1\" \"a week\" in talk lasts }"),
        ("ITEM", "facts { \"1\" \"a week\" in talk within, first attempts }"),
        ("RULE", "when all of talk, look done -> good"),
        ("RULE", "when any of talk, look -> good"),
        ("RULE", "when all of talk done -> good"),
        ("RULE", "when any of talk overdue, look done -> good"),
        ("RULE", "when 2 of talk, look done -> good"),
        ("RULE", "when all talk done -> good"),
        (
            "OPENS",
            "must visit talk by worker within 1 week attempts three  on talk refused -> bad  on talk exhausted -> bad",
        ),
        ("OPENS", "must meeting talk by worker within 1 week"),
        ("OPENS", "must tsak talk by worker within 1 week"),
        ("OPENS", "must frobnicate talk by worker within 1 week"),
        ("RULE", "on talk done -> good  on anniversary day notify worker"),
        ("RULE", "on talk done -> good  on birthday of day notify worker"),
        ("TRIGGER", "trigger signal from list { asks urgent, amount, months, day -> first }"),
        ("OPENS", "must series talk by worker { at most 2 per week }"),
        ("OPENS", "must task talk by worker within 1 week needs consents"),
        ("OPENS", "must task talk by worker within 1 week suspended while urgent"),
        ("RULE", "on talk done -> good  deviation house may skip talk because \"x\""),
        (
            "OPENS",
            "must visit talk by worker within 3 weeks announced by letter at least 5 days attempts 2  on talk refused -> bad  on talk exhausted -> bad",
        ),
    ];
    let in_dutch = [
        ("OPENS", "moet taak gesprek binnen 2 weken"),
        ("OPENS", "moet taak gesprek door medewerker binnen twee weken"),
        ("OPENS", "moet taak gesprek door medewerker binnen zes dagen"),
        ("OPENS", "moet taak gesprek door medewerker binnen 1,5 dag"),
        ("OPENS", "moet taak gesprek door medewerker binnen 2 weeks"),
        ("RULE", "bij gesprek te laat -> goed"),
        ("RULE", "bij gesprek niet thuis -> goed"),
        ("RULE", "bij toestemming ingetroken -> slecht"),
        ("RULE", "bij gesprek gedaan als schuld > 1000 -> goed  bij gesprek gedaan anders -> slecht"),
        ("RULE", "bij gesprek gedaan als schuld > €1.000 -> goed  bij gesprek gedaan anders -> slecht"),
        ("STAGE", "fase eerst hoogstens 3 keer"),
        ("ITEM", "doelgroep als spoed"),
        ("ITEM", "meting na_een_jaar door medewerker vraagt spoed"),
        ("RULE", "zodra alle van gesprek, kijken gedaan -> goed"),
        ("RULE", "zodra 2 van gesprek, kijken gedaan -> goed"),
        ("OPENS", "moet bezoek gesprek door medewerker binnen 1 week"),
        ("OPENS", "moet reeks gesprek door medewerker"),
        ("OPENS", "moet verwijzing gesprek"),
        ("OPENS", "moet reeks gesprek door medewerker { hoogstens 2 per week }"),
        ("OPENS", "moet bezoekreeks gesprek door medewerker { hoogstens 2 per week }"),
        ("OPENS", "moet taak gesprek door medewerker binnen 1 week gepauzeerd zolang spoed"),
        (
            "ITEM",
            "gebeurtenis vraagt_stukken van medewerker  altijd { bij vraagt_stukken leg vast spoed = ja }",
        ),
        ("ITEM", "gebeurtenis ev van medewerker  altijd { bij ev binnen 2 weken waarschuw huis }"),
        ("ITEM", "altijd { bij verjaardag van dag_ervan waarschuw huis }"),
        ("RULE", "bij gesprek gedaan -> goed  bij jaardag dag_ervan waarschuw huis"),
    ];
    let english = in_english.into_iter().map(|(part, text)| (text, english(part, text)));
    english.chain(in_dutch.into_iter().map(|(part, text)| (text, dutch(part, text)))).collect()
}
