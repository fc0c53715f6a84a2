//! The scaled mode: each process is one thing, a control or one server, and they meet on the bus.

use crate::agent::{Agent, content::ContentStore, host::Slots, kernel, tables};
use crate::api::problem::Refused;
use crate::api::{self, App};
use crate::bus_failed::bus_failed;
use crate::control::Control;
use crate::control::leader::Right;
use crate::credential::{Secrets, ServerCredential};
use crate::enterprise::file::EnterpriseFile;
use crate::{folders, owner};
use anyhow::{Context, Result};
use axum::Router;
use bus::{Access, Bus, Connection};
use engine::failure::{self, Failure};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::CentralObjects;

/// How often a server looks whether the bus is there.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Whether the enterprise runs as processes of their own, which meet on a bus.
pub fn is_scaled(file: &EnterpriseFile) -> bool {
    file.bus != "memory:"
}

fn refused(failure: Failure) -> anyhow::Error {
    Refused(failure.into()).into()
}

/// A control that does not lead: what every command of a scaled enterprise speaks to in its own process.
pub async fn control(root: &Path, file: &EnterpriseFile) -> Result<(Control, Router)> {
    let secrets = Secrets::read(root)?;
    let store = owner::open_store(root, file).await?;
    let access = Access { name: "control".into(), seed: secrets.bus_seed, ca: secrets.bus_ca };
    let bus = Bus::open(&file.bus, &access).await.map_err(|error| refused(bus_failed(&error)))?;
    let control = Control::new(store, bus, Right::Lease);
    let router = api::router(App { control: control.clone(), root: root.to_path_buf() });
    Ok((control, router))
}

/// Runs one control until `ended` comes.
pub async fn serve_control(root: &Path, told: impl FnMut(&str) + Send + 'static, ended: impl Future<Output = ()>) -> Result<()> {
    let file = owner::read_enterprise_file(root)?;
    if !is_scaled(&file) {
        let failure = Failure::new(&failure::BAD_REQUEST, "this enterprise runs in one process: its bus is memory:");
        return Err(refused(failure.hint("run `packwright up`, or name a NATS server as its bus and apply the file")));
    }
    let (control, router) = self::control(root, &file).await?;
    let standing = tokio::spawn(control.clone().stand_by(router, told));
    ended.await;
    standing.abort();
    let _ = standing.await;
    control.leave().await;
    Ok(())
}

/// Runs one server until `ended` comes or control refuses this process.
pub async fn serve_server(
    root: &Path,
    server: &str,
    credential: &Path,
    told: impl Fn(&str),
    ended: impl Future<Output = ()>,
) -> Result<()> {
    let credential = ServerCredential::read(credential)?;
    if credential.server != server {
        let message = format!("the credential is that of {}, and not of {server}", credential.server);
        return Err(refused(Failure::new(&failure::CREDENTIAL_REFUSED, message).hint("name its own with --credential")));
    }
    let folder = folders::server_root(root, server);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let Some(_lock) = owner::lock(root)? else {
        let failure = Failure::new(&failure::COMMAND_BUSY, format!("another process works in {}", root.display()));
        return Err(refused(failure.hint("give each server of a machine a folder of its own with --root")));
    };
    let access = Access { name: server.into(), seed: credential.bus_seed.clone(), ca: credential.bus_ca.clone() };
    let bus = Bus::open(&credential.bus, &access).await.map_err(|error| refused(bus_failed(&error)))?;
    let central = match &credential.database {
        Some(url) => Some(
            CentralObjects::open_with(url, credential.database_password.as_deref())
                .await
                .map_err(|error| refused(tables::failed(error)))?,
        ),
        None => None,
    };
    let sdk = crate::sdk::unpack(root).context("cannot unpack the SDK's headers")?;
    let content = Arc::new(ContentStore::open(folders::content_store(root)).context("cannot open the content store")?);
    let slots = Arc::new(Slots::new(std::thread::available_parallelism().map_or(1, usize::from)));
    let stopping = Arc::new(AtomicBool::new(false));
    let watched = bus.clone();
    let agent = Agent::new(server.into(), folder.clone(), sdk.clone(), bus, slots, content, central.clone(), stopping.clone());
    // A second process of the name is refused here, before it answers what is asked of the first.
    agent.take_work().await.map_err(refused)?;
    let kernel = kernel::Kernel::new(server.into(), folder, sdk, watched.clone(), central);
    let kernel = kernel.start().await.map_err(|error| refused(bus_failed(&error)))?;
    told(&format!("{server} asks for work"));
    let result = tokio::select! {
        result = agent.serve() => result.map_err(refused),
        () = watch_bus(watched, told) => Ok(()),
        () = ended => Ok(()),
    };
    stopping.store(true, Ordering::Relaxed);
    kernel.abort();
    result
}

/// Tells when the bus is lost and when it is back, without end.
async fn watch_bus(bus: Bus, told: impl Fn(&str)) {
    let mut lost = false;
    loop {
        tokio::time::sleep(LOOK_EVERY).await;
        let health = bus.look().await;
        match health.map(|health| health.connection) {
            Ok(Connection::Lost { why, .. }) if !lost => {
                let hint = if why.contains("authorization") { "; renew the credential with `packwright enrol`" } else { "" };
                told(&format!("the bus is lost, and asked for again until it is back: {why}{hint}"));
                lost = true;
            }
            Ok(Connection::Connected) if lost => {
                told("the bus is back");
                lost = false;
            }
            _ => {}
        }
    }
}
