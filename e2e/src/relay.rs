//! A relay for the connections of one machine to one service, which can hold them and make them slow. It does not know what is said over them.

use std::fs::File;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::sockopt::set_socket_linger;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

const CHUNK_BYTES: usize = 64 * 1024;

/// What happens to the connections of one machine.
#[derive(Clone, Default)]
pub struct Line(Arc<(Mutex<Condition>, Condvar)>);

#[derive(Clone, Copy, Default)]
struct Condition {
    /// Nothing passes, and nobody is told.
    held: bool,
    /// How long everything is kept on its way.
    delay: Duration,
}

impl Line {
    pub fn hold(&self, held: bool) {
        self.change(|condition| condition.held = held);
    }

    pub fn slow(&self, delay: Duration) {
        self.change(|condition| condition.delay = delay);
    }

    fn change(&self, change: impl FnOnce(&mut Condition)) {
        change(&mut self.0.0.lock().expect("no holder panics"));
        self.0.1.notify_all();
    }

    /// Waits as long as the line keeps what goes over it.
    fn pass(&self) {
        let (condition, changed) = &*self.0;
        let came = Instant::now();
        let mut now = condition.lock().expect("no holder panics");
        loop {
            let left = now.delay.saturating_sub(came.elapsed());
            now = match (now.held, left.is_zero()) {
                (true, _) => changed.wait(now).expect("no holder panics"),
                (false, false) => changed.wait_timeout(now, left).expect("no holder panics").0,
                (false, true) => return,
            };
        }
    }
}

/// Begins to listen at an address, on any port, and brings whoever connects to the target. The relay ends with this process. It works in a network
/// namespace where one is named.
pub fn open(namespace: Option<&Path>, address: Ipv4Addr, target: SocketAddr, line: Line) -> SocketAddr {
    let namespace = namespace.map(|path| File::open(path).unwrap_or_else(|error| panic!("cannot open {}: {error}", path.display())));
    let (listens, listening) = mpsc::channel();
    // A thread is in a namespace, and so are the threads that it starts.
    thread::spawn(move || {
        if let Some(namespace) = namespace {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).expect("root may enter a namespace");
        }
        let listener = TcpListener::bind((address, 0)).unwrap_or_else(|error| panic!("cannot listen on {address}: {error}"));
        listens.send(listener.local_addr().expect("a listener has an address")).expect("the opener waits for it");
        for connection in listener.incoming().filter_map(Result::ok) {
            let line = line.clone();
            thread::spawn(move || carry(connection, target, &line));
        }
    });
    listening.recv().expect("the relay listens")
}

fn carry(near: TcpStream, target: SocketAddr, line: &Line) {
    line.pass();
    let Ok(far) = TcpStream::connect(target) else {
        // Closed so, the connection is reset: the nearest to being refused.
        let _ = set_socket_linger(&near, Some(Duration::ZERO));
        return;
    };
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let (Ok(near_too), Ok(far_too)) = (near.try_clone(), far.try_clone()) else { return };
    let line_too = line.clone();
    thread::spawn(move || pump(far_too, near_too, &line_too));
    pump(near, far, line);
}

fn pump(mut from: TcpStream, mut to: TcpStream, line: &Line) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(count) = from.read(&mut chunk)
        && count > 0
    {
        line.pass();
        if to.write_all(&chunk[..count]).is_err() {
            break;
        }
    }
    line.pass();
    let _ = (to.shutdown(Shutdown::Both), from.shutdown(Shutdown::Both));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A service that answers each byte with itself, and a connection to it over a line.
    fn echo(line: &Line) -> TcpStream {
        let service = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = service.local_addr().unwrap();
        thread::spawn(move || {
            let (mut connection, _) = service.accept().unwrap();
            let mut byte = [0];
            while connection.read_exact(&mut byte).is_ok() && connection.write_all(&byte).is_ok() {}
        });
        TcpStream::connect(open(None, Ipv4Addr::LOCALHOST, target, line.clone())).unwrap()
    }

    #[test]
    fn what_is_held_arrives_when_the_line_is_free_again() {
        let line = Line::default();
        let mut connection = echo(&line);
        let mut byte = [0];
        connection.write_all(b"a").unwrap();
        connection.read_exact(&mut byte).unwrap();
        line.hold(true);
        connection.write_all(b"b").unwrap();
        connection.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
        assert!(connection.read_exact(&mut byte).is_err(), "nothing passes");
        connection.set_read_timeout(None).unwrap();
        line.hold(false);
        connection.read_exact(&mut byte).unwrap();
        assert_eq!(&byte, b"b");
    }

    #[test]
    fn a_slow_line_keeps_everything_for_its_time() {
        let line = Line::default();
        line.slow(Duration::from_millis(30));
        let mut connection = echo(&line);
        let began = Instant::now();
        connection.write_all(b"a").unwrap();
        connection.read_exact(&mut [0]).unwrap();
        assert!(began.elapsed() >= Duration::from_millis(60), "there and back");
    }
}
