use std::collections::BTreeSet;

use serde_json::Value;

use super::*;

/// A row of each kind.
fn one_of_each() -> Vec<EffectKind> {
    let text = || String::from("t");
    let (id, listing, at, expires, business) = (Uuid::nil(), Uuid::nil(), text(), text(), text());
    let row = ListingRow {
        id,
        r#type: text(),
        title: text(),
        description: None,
        category: None,
        price: None,
        price_max: None,
        currency: text(),
        price_unit: None,
        location: None,
        lat: None,
        lng: None,
        attributes: text(),
        images: text(),
        contact: "ask",
        at: text(),
        expires: text(),
        words: Vec::new(),
    };
    vec![
        EffectKind::RecordPut {
            owner: text(),
            collection: text(),
            name: text(),
            value: text(),
            expected: None,
            fresh: 0,
        },
        EffectKind::RecordRemove { owner: text(), collection: text(), name: text(), fresh: 0 },
        EffectKind::ListingCreate(Box::new(row.clone())),
        EffectKind::ListingUpdate(Box::new(row)),
        EffectKind::ListingWords { id, words: Vec::new() },
        EffectKind::ListingStatus { id, status: "sold", at: at.clone(), expires },
        EffectKind::Apply { id, listing, reference: text(), message: text(), attributes: text(), at: text() },
        EffectKind::ApplicationAnswer { id, status: "accepted", at: text() },
        EffectKind::MatchPropose { id, listing, status: "suggested", at: text() },
        EffectKind::MatchAnswer { id, status: "accepted" },
        EffectKind::Preference { name: text(), value: text() },
        EffectKind::Notify { to: id, content: text(), depth: 1 },
        EffectKind::Report { listing, reason: text(), at: text() },
        EffectKind::SaveSearch { id, business: text(), query: text() },
        EffectKind::ForgetSearch { id },
        EffectKind::Timer {
            name: text(),
            at: 1,
            content: text(),
            business: text(),
            template: None,
            until: None,
            depth: 1,
        },
        EffectKind::Defer { lane: 1, content: text(), template: None, until: None, depth: 1 },
        EffectKind::TimerCancel { name: text() },
        EffectKind::Told { notice: 1 },
        EffectKind::SearchTold { listing },
        EffectKind::Matched { id, at: text() },
        EffectKind::Expired { id, at },
        EffectKind::Ticket { number: text(), subject: text(), details: text(), priority: "low", business, message: 1 },
        EffectKind::Asked { number: text() },
        EffectKind::Heard { ticket: Some(text()), words: text(), message: 1 },
        EffectKind::Rated { rating: id, good: 1 },
        EffectKind::Erase { hashes: Vec::new(), opted_out_at: None },
        EffectKind::Act { who: text(), way: "api", act: "person.forget", subject: text(), before: None, after: None },
    ]
}

fn row(kind: EffectKind) -> Value {
    serde_json::to_value(EffectRow { agent: "a".into(), person: None, now: 1, kind }).expect("JSON")
}

/// The texts between quotation marks after each of these.
fn quoted<'a>(sql: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    sql.split(before).skip(1).filter_map(|rest| rest.strip_prefix('\'')?.split('\'').next())
}

/// The kinds that a statement takes rows of.
fn kinds_of(sql: &str) -> BTreeSet<String> {
    let one = quoted(sql, "'kind' = ").map(str::to_owned);
    let lists = sql.split("'kind' in (").skip(1).filter_map(|rest| rest.split(')').next());
    let of_lists = lists.flat_map(|list| list.split(", ").map(|kind| kind.trim_matches('\'').to_owned()));
    one.chain(of_lists).collect()
}

#[test]
fn a_step_takes_the_rows_of_the_kinds_that_need_it_and_reads_their_fields_only() {
    for step in Step::ALL {
        let rows: Vec<Value> = one_of_each().into_iter().filter(|kind| kind.steps().contains(step)).map(row).collect();
        let kinds: BTreeSet<String> = rows.iter().filter_map(|row| Some(row["kind"].as_str()?.to_owned())).collect();
        assert!(!kinds.is_empty(), "{step:?} is of use to nobody");
        let named = kinds_of(step.sql());
        assert!(kinds.is_subset(&named), "{step:?} does not take {kinds:?}: {named:?}");
        for name in quoted(step.sql(), "->>").chain(quoted(step.sql(), "->")) {
            assert!(rows.iter().any(|row| row.get(name).is_some()), "{step:?} reads `{name}`, which no row has");
        }
    }
}

#[test]
fn of_several_changes_of_one_row_the_last_counts() {
    let row = |id, status| {
        let kind = EffectKind::ListingStatus { id: Uuid::from_u128(id), status, at: "t".into(), expires: "t".into() };
        EffectRow { agent: "jobs".into(), person: None, now: 0, kind }
    };
    let answer = EffectKind::ApplicationAnswer { id: Uuid::from_u128(1), status: "accepted", at: "t".into() };
    let answer = EffectRow { agent: "jobs".into(), person: None, now: 0, kind: answer };
    let mut rows = vec![row(1, "sold"), answer, row(2, "sold"), row(1, "active")];
    keep_last(&mut rows);
    let kept: Vec<&str> = rows
        .iter()
        .map(|row| match &row.kind {
            EffectKind::ListingStatus { status, .. } | EffectKind::ApplicationAnswer { status, .. } => *status,
            _ => "",
        })
        .collect();
    assert_eq!(kept, ["accepted", "sold", "active"]);
}
