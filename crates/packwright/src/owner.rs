//! The embedded mode: whoever holds the lock on `owner.lock` of an enterprise's folder is control and all its servers, for as long as it runs. The
//! kernel frees the lock however the holder ends, so the next command takes over.

use crate::agent::{Agent, content::ContentStore, host::Slots, kernel, tables};
use crate::api::problem::Refused;
use crate::api::{self, App};
use crate::control::Control;
use crate::control::leader::{LEASE_NAME, RENEW_EVERY, Right};
use crate::credential::Secrets;
use crate::enterprise::{Fleet, file};
use crate::folders;
use anyhow::{Context, Result};
use axum::Router;
use bus::{Access, Bus};
use engine::failure::{self, Failure};
use rustix::fs::{FlockOperation, flock};
use std::fs::{self, File, OpenOptions, Permissions};
use std::mem::ManuallyDrop;
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::Store;
use tokio::net::UnixListener;
use tokio::task::JoinSet;

/// A lease that nobody renews is over by then.
const LEASE_LEFT_MAX: Duration = Duration::from_secs(8);
/// How often the owner looks whether the jobs it waits for have ended.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// The lock on an enterprise's folder. Only the end of the process frees it: threads of steps may outlive their owner for a moment.
pub struct Lock(#[expect(dead_code, reason = "the file holds the lock while it is open")] ManuallyDrop<File>);

/// Takes the lock; `None` while another process has it.
pub fn lock(root: &Path) -> Result<Option<Lock>> {
    let locked = lock_file(&folders::lock_file(root), FlockOperation::NonBlockingLockExclusive)?;
    Ok(locked.map(|file| Lock(ManuallyDrop::new(file))))
}

/// Locks a file, which is made where it is missing; `None` while somebody else's lock is in the way.
fn lock_file(path: &Path, operation: FlockOperation) -> Result<Option<File>> {
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))?;
    match flock(&file, operation) {
        Ok(()) => Ok(Some(file)),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot lock {}", path.display())),
    }
}

/// Control and all servers, in this process.
pub struct Owner {
    pub app: App,
    pub router: Router,
    root: PathBuf,
    stopping: Arc<AtomicBool>,
    tasks: JoinSet<()>,
    _lock: Lock,
}

impl Owner {
    /// Starts control and the enterprise's servers (only those named, where some are), and resumes what another owner left.
    pub async fn start(root: &Path, lock: Lock, only: &[String]) -> Result<Owner> {
        let file = read_enterprise_file(root)?;
        let store = open_store(root, &file).await?;
        let bus = Bus::open(&file.bus, &Access::default()).await?;
        let sdk = crate::sdk::unpack(root).context("cannot unpack the SDK's headers")?;
        let right = if file.database.starts_with("sqlite:") { Right::Lock } else { Right::LockAndLease };
        let control = Control::new(store.clone(), bus.clone(), right);
        let app = App { control: control.clone(), root: root.to_path_buf() };
        let router = api::router(app.clone());
        let stopping = Arc::new(AtomicBool::new(false));
        let content = Arc::new(ContentStore::open(folders::content_store(root)).context("cannot open the content store")?);
        let slots = Arc::new(Slots::new(std::thread::available_parallelism().map_or(1, usize::from)));
        let mut tasks = JoinSet::new();
        let mut agents = Vec::new();
        for machine in Fleet::read(&store).await?.machines {
            let name = machine.server.name;
            if !only.is_empty() && !only.contains(&name) {
                continue;
            }
            let folder = folders::server_root(root, &name);
            fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
            let central = (machine.primary || machine.kind == "deployment").then(|| store.central().clone());
            let kernel = kernel::Kernel::new(name.clone(), folder.clone(), sdk.clone(), bus.clone(), central.clone()).start().await?;
            tasks.spawn(async move { drop(kernel.await) });
            let (bus, slots, content) = (bus.clone(), slots.clone(), content.clone());
            agents.push(Agent::new(name, folder, sdk.clone(), bus, slots, content, central, stopping.clone()));
        }
        // Kernels listen before control asks them, and control listens before servers ask it.
        let term = if right.is_lease() { take_lease(&control).await? } else { 1 };
        let mut leading = control.lead(term, router.clone()).await?;
        tasks.spawn(async move {
            while let Some(ended) = leading.join_next().await {
                if ended.is_err_and(|error| error.is_panic()) {
                    eprintln!("a part of control met a defect: this process ends, and the next command goes on");
                    std::process::exit(5);
                }
            }
        });
        if right.is_lease() {
            tasks.spawn(keep_lease(control.clone()));
        }
        for agent in agents {
            tasks.spawn(async move {
                let server = agent.server.clone();
                if let Err(failure) = agent.serve().await {
                    eprintln!("{server} ended: {failure}");
                }
            });
        }
        tasks.spawn(listen(root, router.clone())?);
        Ok(Owner { app, router, root: root.to_path_buf(), stopping, tasks, _lock: lock })
    }

    /// Waits until no job runs and no other command speaks to this owner. What it answers keeps others out until the process ends.
    pub async fn work_ended(&self) -> Result<Guests> {
        loop {
            if self.app.control.running().await.is_empty()
                && let Some(guests) = Guests::refuse(&self.root)?
                && self.app.control.running().await.is_empty()
            {
                return Ok(guests);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Stops at once; what runs is resumed by the next owner.
    pub async fn stop(mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.tasks.abort_all();
        let _ = fs::remove_file(folders::socket(&self.root));
        self.app.control.leave().await;
    }
}

/// Takes the lease of a database that other folders may name too. One that a killed process left is over within seconds.
async fn take_lease(control: &Control) -> Result<i64> {
    let began = std::time::Instant::now();
    loop {
        match control.renew().await {
            Ok(Some(term)) => return Ok(term),
            Ok(None) if began.elapsed() < LEASE_LEFT_MAX => tokio::time::sleep(LOOK_EVERY).await,
            Ok(None) => {
                let lease = control.store.control().lease(LEASE_NAME).await.ok().flatten();
                let who = lease.map_or_else(|| "another process".to_string(), |lease| format!("a process that {}", lease.reason));
                let failure = Failure::new(&failure::COMMAND_BUSY, format!("{who} has the enterprise's database"));
                return Err(Refused(failure.hint("give the command in that process's folder, or end it first").into()).into());
            }
            Err(error) => return Err(Refused(tables::failed(error).into()).into()),
        }
    }
}

/// Makes the lease longer, for as long as this process lives. What is saved without it is refused by the database.
async fn keep_lease(control: Control) {
    loop {
        tokio::time::sleep(RENEW_EVERY).await;
        if let Ok(None) = control.renew().await {
            eprintln!("another process has taken the enterprise's database over: this one ends");
            std::process::exit(5);
        }
    }
}

/// The store that an enterprise's file names, with the password that is kept elsewhere.
pub async fn open_store(root: &Path, file: &crate::enterprise::file::EnterpriseFile) -> Result<Store> {
    let secrets = Secrets::read(root)?;
    let url = folders::database_url(root, &file.database);
    let store = Store::open_with(&url, secrets.database_password.as_deref()).await;
    Ok(store.map_err(|error| Refused(tables::failed(error).into()))?)
}

/// The enterprise's file, which at least tells where the tables are.
pub fn read_enterprise_file(root: &Path) -> Result<crate::enterprise::file::EnterpriseFile> {
    let path = root.join(folders::ENTERPRISE_FILE);
    let refused = |failure: Failure| Refused(failure.into());
    let bytes = fs::read(&path).map_err(|_| {
        let failure = Failure::new(&failure::UNKNOWN_NAME, format!("there is no enterprise in {}", root.display()));
        refused(failure.hint("name its folder with --root or PACKWRIGHT_ROOT, or make one with `packwright init`"))
    })?;
    Ok(file::read(folders::ENTERPRISE_FILE, &bytes).map_err(|complaints| refused(file::refused(folders::ENTERPRISE_FILE, complaints)))?)
}

/// Commands that speak to the owner share a lock for as long as they do; an owner that ends holds it alone, so none is cut off.
pub struct Guests(#[expect(dead_code, reason = "the file holds the lock while it is open")] File);

impl Guests {
    /// Joins the guests; `None` while the owner is ending.
    pub fn join(root: &Path) -> Result<Option<Guests>> {
        Guests::lock(root, FlockOperation::NonBlockingLockShared)
    }

    /// Lets no more guests in; `None` while some are there.
    fn refuse(root: &Path) -> Result<Option<Guests>> {
        Guests::lock(root, FlockOperation::NonBlockingLockExclusive)
    }

    fn lock(root: &Path, operation: FlockOperation) -> Result<Option<Guests>> {
        Ok(lock_file(&folders::guests_file(root), operation)?.map(Guests))
    }
}

/// A path to the socket that is short however long the folder's is: a socket's path has 107 bytes at most.
pub fn short_socket(root: &Path) -> Result<(File, PathBuf)> {
    let folder = File::open(root).with_context(|| format!("cannot open {}", root.display()))?;
    let path = folders::socket(Path::new(&format!("/proc/self/fd/{}", folder.as_raw_fd())));
    Ok((folder, path))
}

/// Serves the API on a socket that only this user can open.
fn listen(root: &Path, router: Router) -> Result<impl Future<Output = ()> + use<>> {
    let path = folders::socket(root);
    let _ = fs::remove_file(&path);
    let (_folder, short) = short_socket(root)?;
    let listener = UnixListener::bind(&short).with_context(|| format!("cannot listen on {}", path.display()))?;
    fs::set_permissions(&path, Permissions::from_mode(0o600))?;
    Ok(async move {
        if let Err(error) = axum::serve(listener, router).await {
            eprintln!("the API on {} ended: {error}", path.display());
        }
    })
}
