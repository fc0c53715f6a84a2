//! One piece of work for each of many items, on as many threads as the server may use; the answers keep the items' order.

use engine::host::Host;

/// Ends with the first failure in the order of the items.
pub fn map<T: Sync, R: Send, E: Send>(host: &dyn Host, items: &[T], work: impl Fn(usize, &T) -> Result<R, E> + Sync) -> Result<Vec<R>, E> {
    let share = items.len().div_ceil(host.parallel().max(1)).max(1);
    let part = |(number, items): (usize, &[T])| -> Result<Vec<R>, E> {
        items.iter().enumerate().map(|(offset, item)| work(number * share + offset, item)).collect()
    };
    let parts = std::thread::scope(|scope| {
        let part = &part;
        let threads: Vec<_> = items.chunks(share).enumerate().map(|items| scope.spawn(move || part(items))).collect();
        threads.into_iter().map(|thread| thread.join().expect("work on an item does not panic")).collect::<Result<Vec<_>, E>>()
    })?;
    Ok(parts.into_iter().flatten().collect())
}
