//! Works through a list of keys with the servers that have the same list: what is cached is taken, what is not is claimed in small batches
//! and built by whoever got it, and what another server builds is waited for.

use engine::failure::Failure;
use engine::host::{Built, Cache};
use std::collections::VecDeque;
use std::sync::Mutex;
use std::time::Duration;

/// Keys that one claim asks for: few enough that servers share evenly, many enough that claiming costs nothing.
const BATCH: usize = 8;
/// Keys that one question to the cache names.
const LOOK_UP_BATCH: usize = 1_000;
const POLL: Duration = Duration::from_millis(500);

/// What is left to do of the missing keys; positions are those of the caller's list.
struct Open {
    unclaimed: VecDeque<usize>,
    claimed: VecDeque<usize>,
    elsewhere: Vec<usize>,
}

/// Looks all keys up; answers what the cache has.
pub fn look_up(cache: &dyn Cache, keys: &[String]) -> Result<Vec<Option<Built>>, Failure> {
    let mut found = Vec::with_capacity(keys.len());
    for batch in keys.chunks(LOOK_UP_BATCH) {
        found.extend(cache.look_up(batch)?);
    }
    Ok(found)
}

/// Builds the keys at `missing`, on as many threads as asked for. `build` answers `None` for what does not build, which is then left to the
/// caller to have noted. `taken` is called for each key that another server built. Ends early with the first failure of the host.
pub fn build_missing(
    cache: &dyn Cache,
    keys: &[String],
    missing: Vec<usize>,
    threads: usize,
    lease: Duration,
    build: &(dyn Fn(usize) -> Result<Option<Built>, Failure> + Sync),
    taken: &(dyn Fn(usize, Built) -> Result<(), Failure> + Sync),
) -> Result<(), Failure> {
    let open = Mutex::new(Open { unclaimed: missing.into(), claimed: VecDeque::new(), elsewhere: Vec::new() });
    let failed: Mutex<Option<Failure>> = Mutex::new(None);
    let worker = || {
        while failed.lock().expect("no holder panics").is_none() {
            let step = || -> Result<bool, Failure> {
                let Some(position) = next(cache, keys, &open, lease)? else { return settle_elsewhere(cache, keys, &open, taken) };
                let key = &keys[position];
                match build(position) {
                    Ok(Some(built)) => cache.record(&[(key.clone(), built)])?,
                    Ok(None) => cache.release(std::slice::from_ref(key))?,
                    Err(failure) => {
                        cache.release(std::slice::from_ref(key))?;
                        return Err(failure);
                    }
                }
                Ok(true)
            };
            match step() {
                Ok(true) => {}
                Ok(false) => return,
                Err(failure) => {
                    failed.lock().expect("no holder panics").get_or_insert(failure);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(worker);
        }
    });
    let rest: Vec<String> = open.into_inner().expect("no holder panics").claimed.iter().map(|&position| keys[position].clone()).collect();
    if !rest.is_empty() {
        cache.release(&rest)?;
    }
    failed.into_inner().expect("no holder panics").map_or(Ok(()), Err)
}

/// The next key that this server builds itself; `None` where nothing is left to claim.
fn next(cache: &dyn Cache, keys: &[String], open: &Mutex<Open>, lease: Duration) -> Result<Option<usize>, Failure> {
    let mut open = open.lock().expect("no holder panics");
    loop {
        if let Some(position) = open.claimed.pop_front() {
            return Ok(Some(position));
        }
        let batch: Vec<usize> = (0..BATCH).map_while(|_| open.unclaimed.pop_front()).collect();
        if batch.is_empty() {
            return Ok(None);
        }
        let asked: Vec<String> = batch.iter().map(|&position| keys[position].clone()).collect();
        for (position, granted) in batch.into_iter().zip(cache.claim(&asked, lease)?) {
            if granted { open.claimed.push_back(position) } else { open.elsewhere.push(position) }
        }
    }
}

/// Takes what other servers have built by now; what they gave up goes back to be claimed. Answers whether anything is left.
fn settle_elsewhere(
    cache: &dyn Cache,
    keys: &[String],
    open: &Mutex<Open>,
    taken: &(dyn Fn(usize, Built) -> Result<(), Failure> + Sync),
) -> Result<bool, Failure> {
    let waiting = std::mem::take(&mut open.lock().expect("no holder panics").elsewhere);
    if waiting.is_empty() {
        return Ok(false);
    }
    let asked: Vec<String> = waiting.iter().map(|&position| keys[position].clone()).collect();
    let found = look_up(cache, &asked)?;
    let mut absent = Vec::new();
    for (position, built) in waiting.into_iter().zip(found) {
        match built {
            Some(built) => taken(position, built)?,
            None => absent.push(position),
        }
    }
    if absent.is_empty() {
        return Ok(true);
    }
    cache.wait(POLL);
    // Claiming again finds out whether the other is still at it.
    open.lock().expect("no holder panics").unclaimed.extend(absent);
    Ok(true)
}
