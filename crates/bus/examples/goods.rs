//! Measures how fast goods travel through a NATS server: `goods [MEGABYTES] [URL]`, with a server of its own where no address is given.
//! It knows nothing of packages; bench/ compares its lines.

use bus::{Access, Bus, BusError};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::path::Path;
use std::time::{Duration, Instant};
use testkit::nats::Nats;

/// Goods of the pipeline: while one is fetched, the next is sent.
const PIPELINE_MEGABYTES: usize = 64;
const SMALL_BYTES: usize = 10_000;
const SMALL_COUNT: usize = 5_000;
const SMALL_IN_FLIGHT: usize = 64;
const MEGABYTE: usize = 1_000_000;

type Measured<T> = Result<T, Box<dyn std::error::Error>>;

#[tokio::main]
async fn main() -> Measured<()> {
    let mut arguments = std::env::args().skip(1);
    let megabytes = arguments.next().map_or(Ok(500), |text| text.parse::<usize>())?;
    let (url, server) = match arguments.next() {
        Some(url) => (url, None),
        None => {
            let server = Nats::start();
            (server.url(), Some(server))
        }
    };
    let open = async |name: &str| Bus::open(&url, &Access { name: name.into(), ..Access::default() }).await;
    let (sender, receiver) = (open("sender").await?, open("receiver").await?);
    sender.make_streams().await?;
    let folder = tempfile::tempdir()?;
    large(&sender, &receiver, folder.path(), megabytes).await?;
    pipeline(&sender, &receiver, folder.path(), megabytes.div_ceil(PIPELINE_MEGABYTES)).await?;
    small(&sender, &receiver).await?;
    drop(server);
    Ok(())
}

/// Content that no other run sends, so that nothing is there already.
fn content(number: u64, bytes: usize) -> (String, Vec<u8>) {
    let seed = blake3::hash(format!("{number} {:?}", std::time::SystemTime::now()).as_bytes());
    let mut content = vec![0; bytes];
    blake3::Hasher::new_keyed(seed.as_bytes()).finalize_xof().fill(&mut content);
    (blake3::hash(&content).to_hex().to_string(), content)
}

fn file(folder: &Path, number: u64, bytes: usize) -> Measured<(String, std::path::PathBuf)> {
    let (hash, content) = content(number, bytes);
    let path = folder.join(number.to_string());
    std::fs::write(&path, content)?;
    Ok((hash, path))
}

fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / MEGABYTE as f64 / time.as_secs_f64()
}

async fn large(sender: &Bus, receiver: &Bus, folder: &Path, megabytes: usize) -> Measured<()> {
    let bytes = megabytes * MEGABYTE;
    let (hash, path) = file(folder, 0, bytes)?;
    let begun = Instant::now();
    sender.goods().ok_or("no goods")?.put(&hash, &path).await?;
    println!("put {megabytes} MB: {:.0} MB/s", rate(bytes, begun.elapsed()));
    let begun = Instant::now();
    receiver.goods().ok_or("no goods")?.get(&hash, &folder.join("got")).await?;
    println!("get {megabytes} MB: {:.0} MB/s", rate(bytes, begun.elapsed()));
    sender.goods().ok_or("no goods")?.remove(&hash).await?;
    Ok(())
}

async fn pipeline(sender: &Bus, receiver: &Bus, folder: &Path, count: usize) -> Measured<()> {
    let bytes = PIPELINE_MEGABYTES * MEGABYTE;
    let files = (0..count).map(|number| file(folder, number as u64, bytes)).collect::<Measured<Vec<_>>>()?;
    let (told, mut sent) = tokio::sync::mpsc::channel(count);
    let begun = Instant::now();
    let (put, got) = (sender.goods().ok_or("no goods")?, receiver.goods().ok_or("no goods")?);
    let putting = async {
        for (hash, path) in &files {
            put.put(hash, path).await?;
            told.send(hash).await.expect("there is room for all");
        }
        Ok::<_, BusError>(())
    };
    let getting = async {
        for number in 0..count {
            let Some(hash) = sent.recv().await else { break };
            got.get(hash, &folder.join(format!("got {number}"))).await?;
        }
        Ok::<_, BusError>(())
    };
    tokio::try_join!(putting, getting)?;
    println!("put and get overlapped, {count} of {PIPELINE_MEGABYTES} MB: {:.0} MB/s end to end", rate(count * bytes, begun.elapsed()));
    for (hash, _) in &files {
        put.remove(hash).await?;
    }
    Ok(())
}

async fn small(sender: &Bus, receiver: &Bus) -> Measured<()> {
    let goods: Vec<_> = (0..SMALL_COUNT).map(|number| content(number as u64, SMALL_BYTES)).collect();
    let (put, got) = (sender.goods().ok_or("no goods")?, receiver.goods().ok_or("no goods")?);
    let per_second = |time: Duration| SMALL_COUNT as f64 / time.as_secs_f64();
    let begun = Instant::now();
    let sending = stream::iter(&goods).map(|(hash, content)| put.put_bytes(hash, content.clone()));
    sending.buffer_unordered(SMALL_IN_FLIGHT).try_collect::<()>().await?;
    println!("put small ({SMALL_BYTES} bytes, {SMALL_IN_FLIGHT} in flight): {:.0} per second", per_second(begun.elapsed()));
    let begun = Instant::now();
    let fetching = stream::iter(&goods).map(|(hash, _)| got.get_bytes(hash));
    fetching.buffer_unordered(SMALL_IN_FLIGHT).try_for_each(|_| async { Ok(()) }).await?;
    println!("get small ({SMALL_BYTES} bytes, {SMALL_IN_FLIGHT} in flight): {:.0} per second", per_second(begun.elapsed()));
    let begun = Instant::now();
    for (hash, _) in goods.iter().take(1_000) {
        got.get_bytes(hash).await?;
    }
    println!("get small, one after the other: {:?} each", begun.elapsed() / 1_000);
    let begun = Instant::now();
    let listed = put.list().await?.len();
    println!("list of {listed}: {:?}", begun.elapsed());
    let begun = Instant::now();
    stream::iter(&goods).map(|(hash, _)| put.remove(hash)).buffer_unordered(SMALL_IN_FLIGHT).try_collect::<()>().await?;
    println!("remove small: {:.0} per second", per_second(begun.elapsed()));
    Ok(())
}
