//! A link of a given rate, delay and buffer between two network namespaces: two TUN devices and this process between
//! them. It needs no netem, which many kernels lack, but root.
//!
//! Packets of one direction go into a drop-tail queue that empties at the rate of the link, and come out half a
//! round trip later; those of the other direction are only delayed, since acknowledgements are small. A thread
//! reads and a thread writes for each direction; they end with the devices. What else happens to packets on the way is
//! the [weather](Weather), which is good at first.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use rustix::ioctl::{Setter, ioctl, opcode};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::weather::{Dice, Fate, Met, Sky, Weather};

/// What the link is like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) bits_per_second: f64,
    /// The round trip when no packet waits.
    pub(crate) delay: Duration,
    /// How long the last packet of a full buffer waits.
    pub(crate) buffer: Duration,
}

/// Two namespaces and what joins them. Everything goes away with it.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) server: Namespace,
    pub(crate) client: Namespace,
    pub(crate) meter: Arc<Meter>,
    sky: Arc<Mutex<Sky>>,
    threads: Vec<JoinHandle<()>>,
}

/// What came out at the client's end, by the port of the server.
#[derive(Debug, Default)]
pub(crate) struct Meter {
    foreground: AtomicU64,
    background: AtomicU64,
}

/// A network namespace by its name.
#[derive(Debug)]
pub(crate) struct Namespace(String);

impl Link {
    pub(crate) fn new(shape: Shape) -> anyhow::Result<Self> {
        Self::seeded(shape, 0)
    }

    /// With a seed for what the [weather](Self::set_weather) does.
    pub(crate) fn seeded(shape: Shape, seed: u64) -> anyhow::Result<Self> {
        if !rustix::process::geteuid().is_root() {
            bail!("joining two network namespaces needs root");
        }
        let server = Namespace::new("server", SERVER)?;
        let client = Namespace::new("client", CLIENT)?;
        let (server_end, client_end) = (server.device(SERVER)?, client.device(CLIENT)?);
        let meter = Arc::<Meter>::default();
        let sky = Arc::<Mutex<Sky>>::default();
        let half = shape.delay / 2;
        let down = Queue {
            rate: Some((shape.bits_per_second, shape.buffer)),
            delay: half,
            meter: Some(meter.clone()),
            sky: sky.clone(),
            dice: Dice(seed),
        };
        let up = Queue { rate: None, delay: half, meter: None, sky: sky.clone(), dice: Dice(!seed) };
        let mut threads = Vec::new();
        threads.extend(carry(server_end.try_clone()?, client_end.try_clone()?, down));
        threads.extend(carry(client_end, server_end, up));
        Ok(Self { server, client, meter, sky, threads })
    }

    /// From now on this happens to packets of both directions.
    pub(crate) fn set_weather(&self, weather: Weather) {
        let mut sky = self.sky.lock().unwrap_or_else(PoisonError::into_inner);
        *sky = Sky { weather, met: Met::default() };
    }

    /// What packets met since the weather was set.
    pub(crate) fn met(&self) -> Met {
        self.sky.lock().unwrap_or_else(PoisonError::into_inner).met
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // Reading from a device that is gone fails, and that ends the threads.
        for namespace in [&self.server, &self.client] {
            let _ = namespace.command("ip").args(["link", "delete", DEVICE]).status();
        }
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Meter {
    /// Bytes of IP packets so far: of the foreground and of the background.
    pub(crate) fn read(&self) -> [u64; 2] {
        [self.foreground.load(Ordering::Relaxed), self.background.load(Ordering::Relaxed)]
    }

    fn count(&self, packet: &[u8]) {
        let counter = match source_port(packet) {
            Some(FOREGROUND_PORT) => &self.foreground,
            Some(BACKGROUND_PORT) => &self.background,
            _ => return,
        };
        counter.fetch_add(packet.len() as u64, Ordering::Relaxed);
    }
}

/// The port that a TCP packet over IPv4 comes from.
fn source_port(packet: &[u8]) -> Option<u16> {
    let header = usize::from(packet.first()? & 0x0F) * 4;
    let port = packet.get(header..header + 2)?;
    (packet.get(9) == Some(&6)).then(|| u16::from_be_bytes([port[0], port[1]]))
}

impl Namespace {
    fn new(role: &str, address: &str) -> anyhow::Result<Self> {
        let namespace = Self(format!("bgcopy-xtask-{}-{role}", std::process::id()));
        run(Command::new("ip").args(["netns", "add", &namespace.0]))
            .context("cannot make a network namespace")?;
        run(namespace.command("ip").args(["link", "set", "lo", "up"]))?;
        run(namespace.command("ip").args(["tuntap", "add", "dev", DEVICE, "mode", "tun"]))
            .context("cannot make a TUN device: is there /dev/net/tun?")?;
        run(namespace.command("ip").args(["address", "add", &format!("{address}/24"), "dev", DEVICE]))?;
        run(namespace.command("ip").args(["link", "set", DEVICE, "up"]))?;
        Ok(namespace)
    }

    /// A command that runs inside.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.0]).arg(program);
        command
    }

    /// How connections from here send from now on, if the kernel can. By the route: as the default of a namespace most
    /// kernels allow only what every user may choose.
    pub(crate) fn set_congestion_control(&self, name: &str) -> anyhow::Result<()> {
        let mut route = self.command("ip");
        route.args(["route", "replace", SUBNET, "dev", DEVICE, "src", SERVER, "congctl", name]);
        run(&mut route).with_context(|| format!("the kernel has no congestion control {name}"))
    }

    /// The program's end of the device inside.
    fn device(&self, address: &str) -> anyhow::Result<File> {
        let inside = format!("/run/netns/{}", self.0);
        // A thread of its own goes inside and stays there until it ends.
        let opened = thread::spawn(move || -> anyhow::Result<File> {
            let namespace = File::open(&inside)?;
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
            let device = OpenOptions::new().read(true).write(true).open("/dev/net/tun")?;
            attach(&device)?;
            Ok(device)
        });
        let opened = opened.join().ok().context("the thread inside a namespace broke")?;
        opened.with_context(|| format!("cannot open the TUN device of {address}"))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "delete", &self.0]).status();
    }
}

/// Runs a command that has to succeed.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!("{command:?}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}

/// Binds an open `/dev/net/tun` to the device (`TUNSETIFF`), without a header before each packet.
#[expect(unsafe_code, reason = "rustix does not know this request")]
fn attach(device: &File) -> anyhow::Result<()> {
    const IFF_TUN_NO_PI: u16 = 0x1001;
    const TUNSETIFF: rustix::ioctl::Opcode = opcode::write::<i32>(b'T', 202);
    // `struct ifreq`: 16 bytes of name, then the flags.
    let mut request = [0u8; 40];
    request[..DEVICE.len()].copy_from_slice(DEVICE.as_bytes());
    request[16..18].copy_from_slice(&IFF_TUN_NO_PI.to_ne_bytes());
    // SAFETY: the request takes a pointer to a `struct ifreq`, which `request` is, and the kernel reads no more than its
    // 40 bytes.
    unsafe { ioctl(device, Setter::<TUNSETIFF, [u8; 40]>::new(request)) }?;
    Ok(())
}

/// What packets of one direction go through.
struct Queue {
    /// The rate, and how long the last packet of a full buffer waits; without it nothing waits.
    rate: Option<(f64, Duration)>,
    delay: Duration,
    meter: Option<Arc<Meter>>,
    sky: Arc<Mutex<Sky>>,
    dice: Dice,
}

type Due = (Instant, Vec<u8>);

fn carry(from: File, to: File, queue: Queue) -> [JoinHandle<()>; 2] {
    let (due, waiting) = channel();
    let meter = queue.meter.clone();
    let reading = thread::spawn(move || take_in(from, queue, &due));
    let writing = thread::spawn(move || let_out(to, &waiting, meter.as_deref()));
    [reading, writing]
}

/// Reads packets, drops those that find the buffer full or bad weather, and says when the others are through.
fn take_in(mut from: File, mut queue: Queue, due: &Sender<Due>) {
    let mut packet = vec![0; PACKET_MAX];
    let mut free_at = Instant::now();
    let mut overtaken = None;
    loop {
        let length = match from.read(&mut packet) {
            Ok(length) => length,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let packet = &packet[..length];
        let fate = queue.fate(packet);
        if fate == Fate::Lost || !queue.admits(length, &mut free_at) {
            continue;
        }
        if fate == Fate::Overtaken && overtaken.is_none() {
            overtaken = Some(packet.to_vec());
            continue;
        }
        let copies = if fate == Fate::Twice { 2 } else { 1 };
        let packets = std::iter::repeat_n(packet.to_vec(), copies).chain(overtaken.take());
        for packet in packets {
            if due.send((free_at + queue.delay, packet)).is_err() {
                return;
            }
        }
    }
}

impl Queue {
    fn fate(&mut self, packet: &[u8]) -> Fate {
        let mut sky = self.sky.lock().unwrap_or_else(PoisonError::into_inner);
        sky.meet(&mut self.dice, packet.len(), source_port(packet))
    }

    /// Whether there is room in the buffer; then the link is free again when the packet is through.
    fn admits(&self, length: usize, free_at: &mut Instant) -> bool {
        let now = Instant::now();
        let Some((bits_per_second, buffer)) = self.rate else {
            *free_at = now;
            return true;
        };
        let time = Duration::from_secs_f64(length as f64 * 8.0 / bits_per_second);
        if free_at.saturating_duration_since(now) + time > buffer {
            return false;
        }
        *free_at = (*free_at).max(now) + time;
        true
    }
}

fn let_out(mut to: File, waiting: &Receiver<Due>, meter: Option<&Meter>) {
    for (at, packet) in waiting {
        let wait = at.saturating_duration_since(Instant::now());
        if !wait.is_zero() {
            thread::sleep(wait);
        }
        if let Some(meter) = meter {
            meter.count(&packet);
        }
        // A device that is going away takes no more; its reader ends the other thread.
        let _ = to.write(&packet);
    }
}

/// Samples a meter every tenth of a second, for figures of any stretch of time.
#[derive(Debug)]
pub(crate) struct Chart {
    samples: Arc<Mutex<Vec<[u64; 2]>>>,
    started: Instant,
    stop: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Chart {
    pub(crate) fn start(meter: &Arc<Meter>) -> Self {
        let (stop, stopped) = channel::<()>();
        let samples = Arc::new(Mutex::new(Vec::new()));
        let (into, meter, started) = (samples.clone(), meter.clone(), Instant::now());
        let thread = thread::spawn(move || {
            let mut next = started;
            while stopped.recv_timeout(next.saturating_duration_since(Instant::now()))
                == Err(std::sync::mpsc::RecvTimeoutError::Timeout)
            {
                into.lock().unwrap_or_else(PoisonError::into_inner).push(meter.read());
                next += SAMPLE;
            }
        });
        Self { samples, started, stop, thread: Some(thread) }
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// Megabits a second of foreground and background between two moments since the start.
    pub(crate) fn rates(&self, from: Duration, to: Duration) -> [f64; 2] {
        let samples = self.samples.lock().unwrap_or_else(PoisonError::into_inner);
        rates(&samples, from, to)
    }
}

fn rates(samples: &[[u64; 2]], from: Duration, to: Duration) -> [f64; 2] {
    let index = |at: Duration| ((at.as_secs_f64() / SAMPLE.as_secs_f64()) as usize).min(samples.len() - 1);
    if samples.is_empty() || index(to) <= index(from) {
        return [0.0; 2];
    }
    let seconds = (index(to) - index(from)) as f64 * SAMPLE.as_secs_f64();
    [0, 1].map(|which| (samples[index(to)][which] - samples[index(from)][which]) as f64 * 8e-6 / seconds)
}

impl Drop for Chart {
    fn drop(&mut self) {
        let _ = self.stop.send(());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Where the server is.
pub(crate) const SERVER: &str = "10.203.77.1";
/// Where the client is.
pub(crate) const CLIENT: &str = "10.203.77.2";
const SUBNET: &str = "10.203.77.0/24";
/// Whose bytes are the foreground's.
pub(crate) const FOREGROUND_PORT: u16 = 8_001;
/// Whose bytes are the background's.
pub(crate) const BACKGROUND_PORT: u16 = 8_002;
/// The name of the device, the same in both namespaces.
pub(crate) const DEVICE: &str = "xtask0";
/// The device has the MTU of Ethernet.
const PACKET_MAX: usize = 2_048;
/// How fine a chart is.
pub(crate) const SAMPLE: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_by_the_port_they_come_from() {
        let mut packet = vec![0; 44];
        (packet[0], packet[9]) = (0x46, 6);
        packet[24..26].copy_from_slice(&BACKGROUND_PORT.to_be_bytes());
        assert_eq!(source_port(&packet), Some(BACKGROUND_PORT));
        let meter = Meter::default();
        meter.count(&packet);
        assert_eq!(meter.read(), [0, 44]);
        packet[9] = 17;
        assert_eq!(source_port(&packet), None);
        assert_eq!(source_port(&packet[..20]), None);
        assert_eq!(source_port(&[]), None);
    }

    #[test]
    fn rates_are_those_of_the_stretch_asked_for() {
        let samples: Vec<_> =
            (0..20).map(|at| [at * 12_500, if at < 10 { 0 } else { (at - 10) * 25_000 }]).collect();
        let rates = |from, to| {
            let rates = rates(&samples, Duration::from_millis(from), Duration::from_millis(to));
            rates.map(|rate| (rate * 1e6).round() / 1e6)
        };
        assert_eq!(rates(0, 1_000), [1.0, 0.0]);
        assert_eq!(rates(1_000, 1_900), [1.0, 2.0]);
        assert_eq!(rates(1_000, 1_000), [0.0, 0.0]);
    }
}
