//! What people say in the middle of something: `acts.tsv`, all of which must be heard.

use switchboard_understand::{
    acts::{Act, said},
    words::Words,
};

#[test]
fn what_people_say_in_the_middle_of_something_is_heard() {
    let lines = include_str!("acts.tsv").lines().filter(|line| !line.starts_with('#'));
    let mut wrong = Vec::new();
    for line in lines {
        let (name, text) = line.split_once('\t').expect("an act and a text");
        let (is_denied, name) = name.strip_prefix('-').map_or((false, name), |name| (true, name));
        let act = Act::ALL.iter().find(|act| act.name() == name).expect("an act");
        let said = said(&Words::of(text));
        if said.does(*act) == is_denied {
            wrong.push(format!("{line}: {:?}", said.acts));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
