//! The statements that make two persons one, made from the descriptions.
//!
//! `{merges}` holds who stays, who goes and who says so. Everything of the one who goes becomes that of the one who stays; their row stays
//! as a name for it ([`person_merge`](super::people)).

use std::sync::LazyLock;

use super::{all::ALL, description::Merge};

impl Merge {
    fn statements(self, table: &str) -> String {
        match self {
            Merge::Nothing => String::new(),
            Merge::Move(columns) => columns.iter().map(|column| moved(table, column, "uuid")).collect(),
            Merge::First { person, with, id, order } => {
                let last = format!(
                    "delete from {table} where {id} in (select {id} from (
    select r.{id} as {id}, row_number() over (partition by r.whose, {with} order by {order}) as nth from (
        select t.*, coalesce((j.value->>0)::uuid, t.{person}) as whose, case when j.value is null then 0 else 1 end as goes
        from {table} as t left join each({{merges}}) as j on t.{person} = (j.value->>1)::uuid
        where t.{person} in (select (value->>0)::uuid from each({{merges}}) as s union all select (value->>1)::uuid from each({{merges}}) as g)
    ) as r) as ordered where nth > 1);
"
                );
                last + &moved(table, person, "uuid")
            }
            Merge::Anew { person: (person, kind), with, values, order, set } => {
                let conflict = set.map_or_else(|| "nothing".to_owned(), |set| format!("update set {set}"));
                let list = |columns: &[&str], of: &str| -> String {
                    columns.iter().map(|column| format!(", {of}{column}")).collect()
                };
                let (all, key) = ([with, values].concat(), list(with, ""));
                format!(
                    "insert into {table} ({person}{})
select whose{} from (
    select (j.value->>0)::{kind} as whose{}, row_number() over (partition by j.value->>0{} order by {order}) as nth
    from {table} as t join each({{merges}}) as j on t.{person} = (j.value->>1)::{kind}
) as r where nth = 1 on conflict ({person}{key}) do {conflict};
delete from {table} where {person} in (select (value->>1)::{kind} from each({{merges}}) as j);
",
                    list(&all, ""),
                    list(&all, ""),
                    list(&all, "t."),
                    list(with, "t."),
                )
            }
            Merge::By(sql) => sql.to_owned(),
        }
    }
}

/// The rows of one person become another's.
fn moved(table: &str, column: &str, kind: &str) -> String {
    format!(
        "update {table} set {column} = (j.value->>0)::{kind} from each({{merges}}) as j where {table}.{column} = (j.value->>1)::{kind};\n"
    )
}

/// All of them.
pub(in crate::tables) fn merge_all() -> String {
    ALL.iter().map(|table| table.merge.statements(table.name)).collect()
}

/// The same, made once.
pub(crate) fn merge() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(merge_all);
    &TEXT
}
