//! Goods through a stream: whole, cut off, wrong, damaged, and where there is no room.

use crate::ground::{Ground, hear, in_time, open};
use async_nats::Client;
use bus::{Bus, BusError, Goods};
use futures_util::StreamExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use testkit::nats::NatsOptions;

const CHUNK: usize = 512 * 1024;
/// Two whole parts and a bit: 261 chunks.
const LARGE: usize = 130 * 1024 * 1024 + 1;
const LARGE_CHUNKS: usize = 261;

struct Case {
    ground: Ground,
    folder: TempDir,
    /// A client that sees and may do everything.
    raw: Client,
}

impl Case {
    async fn new() -> Case {
        Case::with(NatsOptions::default()).await
    }

    async fn with(options: NatsOptions) -> Case {
        let ground = Ground::nats_with(options).await;
        let raw = async_nats::connect(ground.nats.as_ref().unwrap().url()).await.unwrap();
        Case { folder: TempDir::new().unwrap(), raw, ground }
    }

    fn put(&self) -> &Goods {
        self.ground.one.goods().unwrap()
    }

    fn get(&self) -> &Goods {
        self.ground.two.goods().unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file of so many bytes, with its hash. No two of its chunks are the same.
    fn file(&self, bytes: usize) -> (PathBuf, String) {
        let path = self.path(&bytes.to_string());
        let content: Vec<u8> = (0..bytes as u64).map(|at| (at.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 56) as u8).collect();
        std::fs::write(&path, &content).unwrap();
        (path, hash(&content))
    }

    async fn call(&self, call: &str, body: String) -> String {
        let answer = self.raw.request(call.to_string(), body.into()).await.unwrap();
        String::from_utf8(answer.payload.into()).unwrap()
    }

    /// The first subject that a stored chunk of these goods has.
    async fn a_chunk_of(&self, hash: &str) -> String {
        let info = self.call("$JS.API.STREAM.INFO.goods", format!(r#"{{"subjects_filter":"goods.{hash}.0.*"}}"#)).await;
        let start = info.find(&format!("goods.{hash}")).unwrap();
        info[start..].split('"').next().unwrap().to_string()
    }

    /// Counts what is published on a subject from now on.
    async fn watch(&self, subject: &str) -> Watch {
        let heard = self.raw.subscribe(subject.to_string()).await.unwrap();
        self.raw.flush().await.unwrap();
        // A round trip of this connection: the server listens now.
        self.call("$JS.API.STREAM.INFO.goods", String::new()).await;
        Watch(heard)
    }
}

struct Watch(async_nats::Subscriber);

impl Watch {
    async fn reach(&mut self, count: usize) {
        for _ in 0..count {
            in_time(self.0.next()).await.unwrap();
        }
    }

    /// What was heard until the connection has nothing more to tell.
    async fn count(mut self, case: &Case) -> usize {
        case.call("$JS.API.STREAM.INFO.goods", String::new()).await;
        let mut count = 0;
        while let Some(Some(_)) = futures_util::FutureExt::now_or_never(self.0.next()) {
            count += 1;
        }
        count
    }
}

fn hash(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

fn same(one: &Path, two: &Path) -> bool {
    std::fs::read(one).unwrap() == std::fs::read(two).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_all_sizes_arrive() {
    let case = Case::new().await;
    for bytes in [0, 1, 64 * 1024, 64 * 1024 + 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, LARGE] {
        let (file, hash) = case.file(bytes);
        let there = case.path("got");
        assert_eq!(case.get().get(&hash, &there).await, Err(BusError::GoodsAbsent(hash.clone())));
        assert!(!case.get().has(&hash).await.unwrap());
        for _ in 0..2 {
            in_time(case.put().put(&hash, &file)).await.unwrap();
        }
        assert!(case.get().has(&hash).await.unwrap());
        // What a get of other, longer goods left is overwritten and cut.
        std::fs::write(&there, vec![1; bytes + 9]).unwrap();
        in_time(case.get().get(&hash, &there)).await.unwrap();
        assert!(same(&file, &there), "{bytes}");
        std::fs::remove_file(&there).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn small_ones_need_no_file() {
    let case = Case::new().await;
    for bytes in [0, 300, 100_000, 4 * 1024 * 1024] {
        let (file, hash) = case.file(bytes);
        let content = std::fs::read(file).unwrap();
        case.put().put_bytes(&hash, content.clone()).await.unwrap();
        assert!(case.get().get_bytes(&hash).await.unwrap() == content);
    }
    let (file, hash) = case.file(4 * 1024 * 1024 + 1);
    let refused = Err(BusError::GoodsTooLarge(4 * 1024 * 1024 + 1, 4 * 1024 * 1024));
    assert_eq!(case.put().put_bytes(&hash, std::fs::read(&file).unwrap()).await, refused);
    case.put().put(&hash, &file).await.unwrap();
    assert_eq!(case.get().get_bytes(&hash).await.map(|_| ()), refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_was_cut_off_goes_on() {
    let case = Case::new().await;
    let (file, hash) = case.file(LARGE);
    let mut sent = case.watch(&format!("goods.{hash}.*.*")).await;
    tokio::select! {
        _ = case.put().put(&hash, &file) => panic!("it was not cut off"),
        () = sent.reach(200) => {}
    }
    assert!(!case.get().has(&hash).await.unwrap(), "it is not there whole");
    let sent = case.watch(&format!("goods.{hash}.*.*")).await;
    in_time(case.put().put(&hash, &file)).await.unwrap();
    let again = sent.count(&case).await;
    assert!((1..=LARGE_CHUNKS - 200).contains(&again), "{again} chunks were sent again");
    case.get().get(&hash, &case.path("got")).await.unwrap();
    assert!(same(&file, &case.path("got")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_get_that_was_cut_off_goes_on() {
    let case = Case::new().await;
    let (file, hash) = case.file(LARGE);
    case.put().put(&hash, &file).await.unwrap();
    let there = case.path("got");
    let mut asked = case.watch("$JS.API.DIRECT.GET.goods.>").await;
    tokio::select! {
        _ = case.get().get(&hash, &there) => panic!("it was not cut off"),
        () = asked.reach(200) => {}
    }
    let asked = case.watch("$JS.API.DIRECT.GET.goods.>").await;
    in_time(case.get().get(&hash, &there)).await.unwrap();
    let again = asked.count(&case).await;
    // Besides the entry, those that were on their way.
    assert!((2..=LARGE_CHUNKS - 200 + 32).contains(&again), "{again} messages were asked for again");
    assert!(same(&file, &there));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_another_hash_is_refused_and_does_no_harm() {
    let case = Case::new().await;
    for bytes in [10, 3 * CHUNK] {
        let (file, right) = case.file(bytes);
        let wrong = case.path("wrong");
        let mut content = std::fs::read(&file).unwrap();
        content[0] ^= 1;
        std::fs::write(&wrong, &content).unwrap();
        let refused = BusError::WrongGoods { hash: right.clone(), found: hash(&content) };
        assert_eq!(case.put().put(&right, &wrong).await, Err(refused));
        assert!(!case.get().has(&right).await.unwrap());
        case.put().put(&right, &file).await.unwrap();
        case.get().get(&right, &case.path("got")).await.unwrap();
        assert!(same(&file, &case.path("got")));
    }
    for no_hash in ["", "*", "../x", &"g".repeat(64), &"A".repeat(64), &"a".repeat(65)] {
        assert!(matches!(case.put().has(no_hash).await, Err(BusError::BadHash(_))), "{no_hash}");
        assert!(matches!(case.put().remove(no_hash).await, Err(BusError::BadHash(_))), "{no_hash}");
    }
    let absent = case.put().put(&hash(b""), &case.path("absent")).await;
    assert!(matches!(absent, Err(BusError::File { attempted: "read", .. })), "{absent:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_damaged_in_the_stream_is_refused() {
    let case = Case::new().await;
    let (file, hash) = case.file(3 * CHUNK);
    case.put().put(&hash, &file).await.unwrap();
    let subject = case.a_chunk_of(&hash).await;
    let there = case.path("got");
    for other in [None, Some(vec![0; CHUNK]), Some(vec![])] {
        case.call("$JS.API.STREAM.PURGE.goods", format!(r#"{{"filter":"{subject}"}}"#)).await;
        if let Some(other) = other {
            case.raw.request(subject.clone(), other.into()).await.unwrap();
        }
        let refused = case.get().get(&hash, &there).await;
        assert!(matches!(&refused, Err(BusError::GoodsDamaged(of, _)) if *of == hash), "{refused:?}");
        assert!(!there.exists());
    }
    let entry = format!("goods.{hash}.whole");
    for other in ["", "L", "S another", "L1234567812345678901234567890123456789012"] {
        case.call("$JS.API.STREAM.PURGE.goods", format!(r#"{{"filter":"{entry}"}}"#)).await;
        case.raw.request(entry.clone(), other.into()).await.unwrap();
        assert!(matches!(case.get().get_bytes(&hash).await, Err(BusError::GoodsDamaged(..))));
    }
    // Who removes them can put them again.
    case.put().remove(&hash).await.unwrap();
    case.put().put(&hash, &file).await.unwrap();
    case.get().get(&hash, &there).await.unwrap();
    assert!(same(&file, &there));
}

#[tokio::test(flavor = "multi_thread")]
async fn goods_are_listed_and_removed() {
    let case = Case::new().await;
    assert_eq!(case.put().list().await.unwrap(), []);
    let mut expected = Vec::new();
    for number in 0..1_200_u32 {
        let content = number.to_be_bytes().to_vec();
        expected.push(hash(&content));
        case.put().put_bytes(&hash(&content), content).await.unwrap();
    }
    let (file, large) = case.file(3 * CHUNK);
    case.put().put(&large, &file).await.unwrap();
    expected.push(large.clone());
    expected.sort();
    let listed = case.put().list().await.unwrap();
    assert!(listed.iter().map(|(hash, ..)| hash).eq(&expected));
    let (_, bytes, stored) = listed.iter().find(|(hash, ..)| *hash == large).unwrap();
    assert!((3 * CHUNK as u64..3 * CHUNK as u64 + 1_000).contains(bytes), "{bytes}");
    assert!(*stored > 1_600_000_000_000, "{stored}");
    for _ in 0..2 {
        case.put().remove(&large).await.unwrap();
    }
    assert!(!case.get().has(&large).await.unwrap());
    assert_eq!(case.put().list().await.unwrap().len(), 1_200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cut_off_put_left_is_listed() {
    let case = Case::new().await;
    let (file, hash) = case.file(LARGE);
    let mut sent = case.watch(&format!("goods.{hash}.*.*")).await;
    tokio::select! {
        _ = case.put().put(&hash, &file) => panic!("it was not cut off"),
        () = sent.reach(100) => {}
    }
    let listed = case.put().list().await.unwrap();
    assert!(matches!(&listed[..], [(of, bytes, _)] if *of == hash && *bytes > CHUNK as u64), "{listed:?}");
    case.put().remove(&hash).await.unwrap();
    assert!(!case.get().has(&hash).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_room_says_so() {
    let case = Case::with(NatsOptions { file_bytes_max: Some(4 * 1024 * 1024), ..NatsOptions::default() }).await;
    let (file, hash) = case.file(20 * CHUNK);
    let refused = case.put().put(&hash, &file).await;
    assert!(matches!(refused, Err(BusError::GoodsFull(..))), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("hint: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_stream_says_so_and_keeps_what_is_there() {
    let case = Case::new().await;
    let (small, small_hash) = case.file(100);
    case.put().put(&small_hash, &small).await.unwrap();
    let info = case.call("$JS.API.STREAM.INFO.goods", String::new()).await;
    let (_, config) = info.split_once(r#""config":"#).unwrap();
    let config = config[..=config.find('}').unwrap()].replace(r#""max_bytes":-1"#, r#""max_bytes":2000000"#);
    let updated = case.call("$JS.API.STREAM.UPDATE.goods", config).await;
    assert!(!updated.contains("error"), "{updated}");
    let (file, hash) = case.file(20 * CHUNK);
    let refused = case.put().put(&hash, &file).await;
    assert!(matches!(refused, Err(BusError::GoodsFull(..))), "{refused:?}");
    assert!(case.get().has(&small_hash).await.unwrap());
    case.ground.one.make_streams().await.expect("what an operator set stays");
    case.put().remove(&hash).await.unwrap();
    let (other, other_hash) = case.file(CHUNK);
    case.put().put(&other_hash, &other).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_bring_the_same() {
    let case = Case::new().await;
    let (file, hash) = case.file(20 * CHUNK);
    let (one, two) = tokio::join!(case.put().put(&hash, &file), case.get().put(&hash, &file));
    assert_eq!((one, two), (Ok(()), Ok(())));
    case.get().get(&hash, &case.path("got")).await.unwrap();
    assert!(same(&file, &case.path("got")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_that_a_kill_cut_off_goes_on_after_the_restart() {
    let mut case = Case::new().await;
    let (file, hash) = case.file(LARGE);
    let mut sent = case.watch(&format!("goods.{hash}.*.*")).await;
    let mut waking = case.ground.two.subscribe("wake.ENT1").await.unwrap();
    let bus: Bus = case.ground.two.clone();
    let putting = tokio::spawn({
        let (hash, file) = (hash.clone(), file.clone());
        async move { bus.goods().unwrap().put(&hash, &file).await }
    });
    sent.reach(50).await;
    case.ground.server().kill();
    let cut = in_time(putting).await.unwrap();
    assert!(matches!(cut, Err(BusError::Disconnected(_))), "{cut:?}");
    case.ground.server().restart();
    hear(&mut waking).await;
    case.get().put(&hash, &file).await.unwrap();
    let other = open(case.ground.server(), "ENT2").await;
    other.goods().unwrap().get(&hash, &case.path("got")).await.unwrap();
    assert!(same(&file, &case.path("got")));
}
