//! Claims on content keys: who builds what is in no cache yet, so that two servers of one platform do not build it twice. Rows of
//! PW_CLAIM among the control tables. A claim only saves work: a key that two build all the same does no harm.

use std::collections::HashSet;

use engine::value::Value;

use crate::database::Database;
use crate::error::StoreError;
use crate::statement::{now_ms, placeholders};

/// Keys of one statement.
const KEYS_MAX: usize = 10_000;

impl Database {
    /// Claims keys for so many milliseconds of the database's clock. Returns for each whether it is the owner's now: it was free, its
    /// claim had passed, or it was the owner's before.
    pub async fn claim(&self, keys: &[String], owner: &str, for_ms: i64) -> Result<Vec<bool>, StoreError> {
        let mut claimed = HashSet::new();
        for portion in sorted(keys).chunks(KEYS_MAX) {
            let given: Vec<String> = (3..portion.len() + 3).map(|position| format!("(${position})")).collect();
            let now = now_ms(self.dialect());
            let text = format!(
                "insert into PW_CLAIM (OWNER, UNTIL, CACHEKEY) select $1, {now} + cast($2 as bigint), column1 \
                 from (values {}) as given where true on conflict (CACHEKEY) do update set OWNER = excluded.OWNER, UNTIL = excluded.UNTIL \
                 where PW_CLAIM.OWNER = excluded.OWNER or PW_CLAIM.UNTIL <= {now} returning CACHEKEY",
                given.join(", ")
            );
            let mut arguments: Vec<Value> = vec![owner.into(), for_ms.max(0).into()];
            arguments.extend(portion.iter().map(|key| Value::from(*key)));
            let rows = self.change(&format!("claim {} keys", portion.len()), &text, &arguments).await?;
            claimed.extend(rows.iter().map(|row| row[0].text().to_string()));
        }
        Ok(keys.iter().map(|key| claimed.contains(key)).collect())
    }

    /// Gives up what the owner has claimed of these keys.
    pub async fn unclaim(&self, keys: &[String], owner: &str) -> Result<(), StoreError> {
        for portion in sorted(keys).chunks(KEYS_MAX) {
            let text = format!("delete from PW_CLAIM where OWNER = $1 and CACHEKEY in ({})", placeholders(2, portion.len()));
            let arguments: Vec<Value> = [owner].iter().chain(portion).map(|text| Value::from(*text)).collect();
            self.change(&format!("give up {} keys", portion.len()), &text, &arguments).await?;
        }
        Ok(())
    }
}

/// Each key once, in order: two that lock the same rows in one order do not wait for each other, and one statement may not take a
/// key twice.
fn sorted(keys: &[String]) -> Vec<&str> {
    let mut keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
