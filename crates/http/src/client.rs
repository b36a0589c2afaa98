//! The client: from a request to the head of the answer that counts, past redirects, challenges and connections
//! that had died unseen.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bgcopy_core::name::is_next_door;
use bgcopy_core::{Ack, Answer, Ask, AuthScheme, Credentials, Fault, Packet, Promise, RemoteName};
use http::header::{LOCATION, PROXY_AUTHENTICATE, WWW_AUTHENTICATE};
use http::{HeaderMap, Method, StatusCode};
use hyper::body::{Body as _, Incoming};

use crate::answer::{self, Head};
use crate::auth::{self, Line, Wanted};
use crate::body::{Body, Lease};
use crate::config::{HttpConfig, PrivateTargets};
use crate::connect::{Connector, ProxyAccess, Reach, Way, counts_as_private};
use crate::connection::{self, Connection, NoHead, Patience};
use crate::examine::Rejection;
use crate::failure::Failure;
use crate::low_speed::LowSpeed;
use crate::memory::Memory;
use crate::pool::{Key, Pool};
use crate::proxy::{Proxy, ProxyList};
use crate::redirect::{Trail, is_redirect};
use crate::request::{Form, Identity, Message, Request, authority, path_and_query};
use crate::tls::Alpn;
use crate::upload::{self, Answered, Post};

/// Pauses shorter than this are no stall, however little patience a job has.
const PATIENCE_MIN: Duration = Duration::from_secs(1);

/// The last fragment of an upload is answered when the server's application has made something of the file ("the BITS
/// server posts the upload file to the server application", Ack for Fragment): as long as Windows waits for a server.
const POST_ANSWER_TIME: Duration = Duration::from_secs(300);

/// Servers wait at least this long for the first request on a connection.
const TIRES_AFTER: Duration = Duration::from_secs(1);

/// A client for ranges of bytes. Cheap to clone; all clones share connections, which close with the last one.
#[derive(Clone)]
pub struct Http {
    inner: Arc<Inner>,
}

struct Inner {
    config: Arc<HttpConfig>,
    connector: Connector,
    pool: Arc<Pool>,
    memory: Memory,
    spares: Spares,
}

impl Http {
    /// A client that behaves as configured. Nothing is opened before it is needed.
    pub fn new(config: HttpConfig) -> Self {
        let config = Arc::new(config);
        let connector = Connector::new(config.clone());
        let pool = Pool::new(config.idle_timeout);
        Self {
            inner: Arc::new(Inner {
                config,
                connector,
                pool,
                memory: Memory::default(),
                spares: Spares::default(),
            }),
        }
    }

    /// Asks for one range of one remote file. Brings the head of a usable answer and its body, or says why there
    /// is none; redirects are followed, challenges answered once, and nothing else is tried again: whether and
    /// when is for others to decide.
    pub async fn fetch(&self, request: &Request) -> Result<(Answer, Body), Fault> {
        let mut at = request.url.clone();
        let outcome = self.inner.fetch(request, &mut at).await;
        outcome.map_err(|failure| {
            let mut fault = failure.fault(&at);
            if let Ask::Exactly(range) = request.ask {
                fault.range = Some(range);
            }
            fault
        })
    }

    /// Sends one packet of an upload, and brings what the server says to it. Challenges are answered; a redirect is
    /// none: what was meant for one server is not sent to another. A packet that a dead kept connection swallowed is
    /// sent again, since the server knows by its range, or by its session, that it had it already.
    pub async fn post(&self, post: &Post) -> Result<Ack, Fault> {
        self.inner.post(post).await.map_err(|failure| {
            let mut fault = failure.fault(&post.url);
            if let Packet::Fragment { range, .. } = &post.packet {
                fault.range = Some(*range);
            }
            fault
        })
    }

    /// Whether what the server of this answer names, such as mirrors, may lie in a private network: it does so
    /// itself, or every server may name what it likes (faults C06). Otherwise a request to what it named is
    /// [`offered`](Request::offered).
    pub fn may_name_private(&self, answer: &Answer) -> bool {
        let config = &self.inner.config;
        let lies_inside = match answer.peer {
            Some(peer) => counts_as_private(config, peer),
            None => self.leads_inside(&answer.final_url),
        };
        config.private_targets == PrivateTargets::Allow || lies_inside
    }

    /// Whether a URL leads into this machine or a private network by its very name, without asking anybody.
    pub fn leads_inside(&self, url: &RemoteName) -> bool {
        Way::new(url, None).is_ok_and(|way| way.names_private(&self.inner.config))
    }

    /// Closes every connection that nobody uses now, and keeps the others from being used again: the network
    /// changed, or the service has nothing to do.
    pub fn drop_idle(&self) {
        self.inner.pool.drop_idle();
    }

    /// Whether a connection is kept open that nobody uses now.
    pub fn has_idle(&self) -> bool {
        self.inner.pool.has_idle()
    }
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

/// A connection that was just made.
struct Fresh {
    connection: Connection,
    /// While its server was looked at.
    waited: Duration,
}

/// An answer on its connection.
struct Exchange {
    response: http::Response<Incoming>,
    lease: Lease,
}

impl Exchange {
    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    async fn recycle(self) {
        self.lease.recycle(self.response.into_body()).await;
    }
}

/// What stays the same for all steps of one request.
struct Course<'a> {
    request: &'a Request,
    /// What makes it a packet of an upload.
    post: Option<&'a Post>,
    identity: Arc<Identity>,
    proxies: ProxyList,
}

impl Course<'_> {
    /// Whether a request still goes to the origin that the job named.
    fn is_at_own_origin(&self, trail: &Trail) -> bool {
        !trail.was_redirected() || trail.url.origin() == self.request.url.origin()
    }
}

impl Inner {
    /// Follows the redirects. `at` is where the request is, for the report of a failure.
    async fn fetch(&self, request: &Request, at: &mut RemoteName) -> Result<(Answer, Body), Failure> {
        let course = Course {
            request,
            post: None,
            identity: Identity::new(&request.options),
            proxies: ProxyList::parse(&request.options.proxy)?,
        };
        let mut trail = Trail::new(request.url.clone(), method(request)?);
        let mut reach = self.first_reach(request);
        loop {
            if trail.was_redirected() {
                at.clone_from(&trail.url);
            }
            let way = Way::new(&trail.url, course.proxies.proxy_for(trail.url.url()))?;
            let exchange = self.answered(&course, &trail, &way, reach).await?;
            if !is_redirect(exchange.status()) {
                return self.conclude(request, &trail.url, exchange);
            }
            if !trail.was_redirected() && !request.offered {
                reach = self.reach_from(request, &way, &exchange);
            }
            let location = exchange.response.headers().get(LOCATION).map(|value| value.as_bytes().to_vec());
            trail.follow(exchange.status(), location.as_deref(), request.options.security_flags)?;
            tracing::debug!(from = ?at, to = ?trail.url, "redirected; credentials stay with their origin");
            exchange.recycle().await;
        }
    }

    /// Posts to where a packet is addressed, and nowhere else.
    async fn post(&self, post: &Post) -> Result<Ack, Failure> {
        let Post { url, options, offered, .. } = post;
        let request = Request {
            url: url.clone(),
            ask: Ask::Whole,
            if_range: None,
            options: options.clone(),
            no_cache: false,
            offered: *offered,
        };
        let course = Course {
            request: &request,
            post: Some(post),
            identity: Identity::new(options),
            proxies: ProxyList::parse(&options.proxy)?,
        };
        let trail = Trail::new(url.clone(), upload::method());
        let way = Way::new(url, course.proxies.proxy_for(url.url()))?;
        let exchange = self.answered(&course, &trail, &way, self.first_reach(&request)).await?;
        let headers = exchange.response.headers();
        let whom = authority(url);
        let answered = Answered {
            status: exchange.status(),
            headers,
            retry_after: answer::retry_after(headers, SystemTime::now()),
            whom: &whom,
            url,
            flags: options.security_flags,
        };
        let ack = upload::judge(answered, &post.packet);
        let private = self.lies_inside(&way, &exchange);
        exchange.recycle().await;
        ack.map(|ack| ack.of_server(private))
    }

    /// Whether what a server names may lie in a private network: it does so itself, or every server may.
    fn lies_inside(&self, way: &Way, exchange: &Exchange) -> bool {
        self.config.private_targets == PrivateTargets::Allow
            || match way.proxy {
                Some(_) => way.names_private(&self.config),
                None => counts_as_private(&self.config, exchange.lease.connection.peer()),
            }
    }

    /// Where the URL of a request may lead: a client may name what it likes, a public server may not (faults C06).
    fn first_reach(&self, request: &Request) -> Reach {
        match self.config.private_targets {
            PrivateTargets::OnlyWhenAskedFor if request.offered => Reach::PublicOnly,
            PrivateTargets::OnlyWhenAskedFor | PrivateTargets::Allow => self.own_reach(request),
        }
    }

    /// Where a client's own URLs may lead.
    fn own_reach(&self, request: &Request) -> Reach {
        match request.options.keeps_off_this_machine && !self.config.local_servers {
            true => Reach::OffThisMachine,
            false => Reach::Anywhere,
        }
    }

    /// Whether what the job's own URL leads to lets redirects go to private addresses (faults C06).
    fn reach_from(&self, request: &Request, way: &Way, exchange: &Exchange) -> Reach {
        let private = || match way.proxy {
            Some(_) => way.names_private(&self.config),
            None => counts_as_private(&self.config, exchange.lease.connection.peer()),
        };
        match self.config.private_targets {
            PrivateTargets::Allow => self.own_reach(request),
            PrivateTargets::OnlyWhenAskedFor if private() => self.own_reach(request),
            PrivateTargets::OnlyWhenAskedFor => Reach::PublicOnly,
        }
    }

    /// One step of the way, with its challenges: what the server or the proxy wants to be shown is shown once,
    /// and once more if it says that only the nonce was old.
    async fn answered(
        &self,
        course: &Course<'_>,
        trail: &Trail,
        way: &Way,
        reach: Reach,
    ) -> Result<Exchange, Failure> {
        let own_origin = course.is_at_own_origin(trail);
        let mut server =
            Login::new(if own_origin { &course.request.options.server_credentials } else { &[] }, || {
                trail.url.origin()
            });
        let has_headers = own_origin && !course.request.options.auth_headers.is_empty();
        let whom = if has_headers { trail.url.origin() } else { String::new() };
        let mut challenged = has_headers && self.memory.has_challenged(&course.identity, &whom);
        let proxy_credentials = proxy_credentials(&course.identity, way.proxy.as_ref());
        let mut proxy =
            Login::new(&proxy_credentials, || way.proxy.as_ref().map(Proxy::shown).unwrap_or_default());
        loop {
            let line = Line { method: trail.method.as_str(), uri: path_and_query(&trail.url) };
            let message = Message {
                request: course.request,
                method: &trail.method,
                post: course.post,
                url: &trail.url,
                own_origin,
                challenged,
                user_agent: &self.config.user_agent,
                authorization: server.show(&self.memory, &course.identity, line, way.https),
                proxy_authorization: way
                    .reading_proxy()
                    .and_then(|_| proxy.show(&self.memory, &course.identity, line, false)),
            };
            let exchange = match self.exchange(course, &message, way, &proxy, reach).await {
                // The challenge of CONNECT, or of a proxy that wants to know us before it connects.
                Err(Failure::ProxyStatus { wanted: Some(wanted), .. })
                    if proxy.accepts(&self.memory, &course.identity, wanted.clone()) =>
                {
                    continue;
                }
                exchange => exchange?,
            };
            // Credentials come first: headers of the job's own may be an answer to anything.
            let is_plain = server.credentials.is_empty();
            if exchange.status() == 401
                && has_headers
                && is_plain
                && !std::mem::replace(&mut challenged, true)
            {
                self.memory.note_challenge(&course.identity, &whom);
                exchange.recycle().await;
                continue;
            }
            let login = match exchange.status() {
                401 => (&mut server, WWW_AUTHENTICATE),
                407 if way.reading_proxy().is_some() => (&mut proxy, PROXY_AUTHENTICATE),
                _ => return Ok(exchange),
            };
            let (login, field) = login;
            let wanted = auth::choose(exchange.response.headers(), &field, login.credentials);
            match wanted {
                Some(wanted) if login.accepts(&self.memory, &course.identity, wanted.clone()) => {
                    exchange.recycle().await;
                }
                _ => return self.refused_login(way, exchange),
            }
        }
    }

    /// A login that was refused: the proxy's is the proxy's failure, the server's is judged like any status.
    fn refused_login(&self, way: &Way, exchange: Exchange) -> Result<Exchange, Failure> {
        match (exchange.status(), way.reading_proxy()) {
            (407, Some(proxy)) => Err(Failure::ProxyStatus {
                proxy: proxy.shown(),
                status: 407,
                retry_after: None,
                wanted: None,
            }),
            _ => Ok(exchange),
        }
    }

    /// One exchange: on a kept connection first, and on a fresh one when that had died unseen (faults B23).
    async fn exchange(
        &self,
        course: &Course<'_>,
        message: &Message<'_>,
        way: &Way,
        proxy: &Login<'_>,
        reach: Reach,
    ) -> Result<Exchange, Failure> {
        let key = Key { way: way.clone(), identity: course.identity.clone() };
        if let Some(connection) = self.pool.take(&key) {
            self.check_reach(&connection, way, reach)?;
            match self.exchange_on(connection, message, &key).await {
                Err(NoHead { nothing_came: true, failure, .. }) if message.may_be_repeated() => {
                    tracing::debug!(error = %failure, "a kept connection had ended; asking again");
                }
                Err(NoHead { wants_http1: true, .. }) => {}
                Err(NoHead { failure, .. }) => return Err(failure),
                Ok(exchange) => return Ok(exchange),
            }
        }
        let fresh = self.connect(&key, proxy, reach).await?;
        let no_head = match self.exchange_on(fresh.connection, message, &key).await {
            Ok(exchange) => return Ok(exchange),
            Err(no_head) => no_head,
        };
        // It is fresh no more when somebody thought about its certificate; what was accepted is not asked again.
        let tired = fresh.waited >= TIRES_AFTER && no_head.nothing_came && message.may_be_repeated();
        // HTTP/1.1 was noted before; this time it is all that is offered.
        if !no_head.wants_http1 && !tired {
            return Err(no_head.failure);
        }
        let fresh = self.connect(&key, proxy, reach).await?;
        self.exchange_on(fresh.connection, message, &key).await.map_err(|no_head| no_head.failure)
    }

    async fn exchange_on(
        &self,
        mut connection: Connection,
        message: &Message<'_>,
        key: &Key,
    ) -> Result<Exchange, NoHead> {
        let whom = authority(message.url);
        let form = match (connection.is_http2(), key.way.reading_proxy()) {
            (true, _) => Form::Http2,
            (false, Some(_)) => Form::Absolute,
            (false, None) => Form::Origin,
        };
        let mut built = message.build(form).map_err(|failure| NoHead {
            failure,
            nothing_came: false,
            wants_http1: false,
        })?;
        self.spares.make_room(built.headers_mut());
        let pulse = built.body().pulse();
        let answered = connection.exchange(built, &whom, self.patience(message)).await;
        if let (Err(no_head), Connection::Http2(shared)) = (&answered, &connection) {
            if no_head.wants_http1 {
                self.memory.note_http1_only(&key.way);
            }
            if no_head.nothing_came || no_head.wants_http1 {
                self.pool.forget(shared);
            }
        }
        let response = answered?;
        // Behind an answer that came early, what is left of the request would be taken for the next one.
        let reusable = may_be_reused(&response) && pulse.beat().done;
        let lease = Lease { pool: self.pool.clone(), key: key.clone(), connection, reusable };
        Ok(Exchange { response, lease })
    }

    /// How long nothing, or next to nothing, may come.
    fn stall_time(&self, request: &Request) -> Duration {
        let time = self.config.low_speed.1;
        // No patience at all says that no failure is forgiven, not that every pause is one.
        let patience = request.options.patience.filter(|patience| !patience.is_zero());
        patience.map_or(time, |patience| patience.max(PATIENCE_MIN).min(time))
    }

    /// How long an answer is waited for.
    fn patience(&self, message: &Message<'_>) -> Patience {
        let sending = self.stall_time(message.request);
        let patience = message.request.options.patience.filter(|patience| !patience.is_zero());
        let answer = match message.post {
            Some(_) => {
                patience.map_or(POST_ANSWER_TIME, |patience| patience.min(POST_ANSWER_TIME)).max(sending)
            }
            None => sending,
        };
        Patience { sending, answer }
    }

    async fn connect(&self, key: &Key, proxy: &Login<'_>, reach: Reach) -> Result<Fresh, Failure> {
        let Key { way, identity } = key;
        let alpn = if self.memory.is_http1_only(way) { Alpn::Http1 } else { Alpn::Both };
        let access = way.proxy.as_ref().map(|server| ProxyAccess {
            proxy: server,
            credentials: proxy.credentials,
            memory: &self.memory,
            identity,
        });
        let connected = self.connector.connect(way, identity, access.as_ref(), alpn, reach).await?;
        let whom = way.authority();
        let since = Instant::now();
        if let Some(examiner) = identity.examiner.as_ref().filter(|_| way.https) {
            examiner.examine(whom.clone(), &connected.certificates).await.map_err(|rejection| {
                let server = whom.clone();
                match rejection {
                    Rejection::Refused(code) => Failure::CertificateRefused { server, code },
                    Rejection::Unanswered => Failure::CertificateUnanswered { server },
                }
            })?;
        }
        let connection = Connection::open(connected, &whom).await?;
        if let Connection::Http2(shared) = &connection {
            self.pool.share(key, shared);
        }
        Ok(Fresh { connection, waited: since.elapsed() })
    }

    /// A kept connection answers to the same rule as a new one.
    fn check_reach(&self, connection: &Connection, way: &Way, reach: Reach) -> Result<(), Failure> {
        let private = match way.proxy {
            Some(_) => way.names_private(&self.config),
            None => counts_as_private(&self.config, connection.peer()),
        };
        match reach {
            Reach::PublicOnly if private => Err(Failure::PrivateTarget { whom: way.authority() }),
            Reach::OffThisMachine if is_next_door(connection.peer()) => {
                Err(Failure::LocalTarget { whom: way.authority() })
            }
            Reach::PublicOnly | Reach::OffThisMachine | Reach::Anywhere => Ok(()),
        }
    }

    /// The answer that counts: judged, and with its body.
    fn conclude(
        &self,
        request: &Request,
        url: &RemoteName,
        exchange: Exchange,
    ) -> Result<(Answer, Body), Failure> {
        let Exchange { response, lease } = exchange;
        let (parts, incoming) = response.into_parts();
        let protocol = connection::protocol(parts.version);
        let framing = answer::framing(protocol, &parts.headers, incoming.size_hint().exact());
        let whom = authority(url);
        let head = Head { status: parts.status.as_u16(), headers: &parts.headers, framing, whom: &whom };
        let usable = answer::judge(head, request.ask, SystemTime::now())?;
        let answer = Answer {
            range: usable.range,
            partial: usable.partial,
            size: usable.size,
            validator: usable.validator,
            last_modified: usable.last_modified,
            proposed_name: usable.proposed_name,
            media_type: usable.media_type,
            framing,
            final_url: url.clone(),
            peer: lease.key.way.proxy.is_none().then(|| lease.connection.peer()),
            protocol,
            headers: answer::block(protocol, parts.status, &parts.headers),
            promise: Promise::default(),
            described_by: None,
        };
        self.spares.keep(parts.headers);
        let low_speed = LowSpeed::new((self.config.low_speed.0, self.stall_time(request)));
        let body = Body::new(incoming, lease, answer.range, framing, low_speed, url.clone(), whom);
        Ok((answer, body))
    }
}

/// Tables of header fields that had their answer. On HTTP/1 the table of a request becomes that of its answer, which
/// otherwise would have to grow each time.
#[derive(Default)]
struct Spares(Mutex<Vec<HeaderMap>>);

impl Spares {
    /// Puts the fields of a request into a table with room for an answer.
    fn make_room(&self, fields: &mut HeaderMap) {
        let spare = self.lock().pop();
        let mut roomy = spare.unwrap_or_else(|| HeaderMap::with_capacity(FIELDS));
        roomy.extend(mem::take(fields));
        *fields = roomy;
    }

    /// Keeps a table, without what is in it.
    fn keep(&self, mut fields: HeaderMap) {
        if !(FIELDS..=4 * FIELDS).contains(&fields.capacity()) {
            return;
        }
        fields.clear();
        let mut spares = self.lock();
        if spares.len() < SPARES_MAX {
            spares.push(fields);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<HeaderMap>> {
        // A poisoned list is still a list of whole tables.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What most servers say of a file.
const FIELDS: usize = 12;
/// As many as a job has files under way.
const SPARES_MAX: usize = 8;

/// The login at one server or proxy while one request is answered.
struct Login<'a> {
    credentials: &'a [(AuthScheme, Credentials)],
    whom: String,
    shown: bool,
    answered: bool,
    renewed: bool,
}

impl<'a> Login<'a> {
    /// Without credentials nobody asks who would be shown them.
    fn new(credentials: &'a [(AuthScheme, Credentials)], whom: impl FnOnce() -> String) -> Self {
        let whom = if credentials.is_empty() { String::new() } else { whom() };
        Self { credentials, whom, shown: false, answered: false, renewed: false }
    }

    /// The value to show with this request: an answer to what is known to be wanted, or what may be shown
    /// unasked.
    fn show(
        &mut self,
        memory: &Memory,
        identity: &Arc<Identity>,
        line: Line<'_>,
        hidden: bool,
    ) -> Option<String> {
        if self.credentials.is_empty() {
            return None;
        }
        let unasked = auth::unasked(self.credentials, hidden);
        let value = memory.answer(identity, &self.whom, unasked, self.credentials, line);
        self.shown |= value.is_some();
        value
    }

    /// Takes a challenge up, if answering it can help: not the same password a second time, and a second digest
    /// only where the server says that the nonce of the first was old.
    fn accepts(&mut self, memory: &Memory, identity: &Arc<Identity>, wanted: Wanted) -> bool {
        let helps = match &wanted {
            Wanted::Basic => !self.shown && !self.answered,
            Wanted::Digest(state) if self.answered => state.is_stale() && !self.renewed,
            Wanted::Digest(_) => true,
        };
        if !helps {
            memory.forget(identity, &self.whom);
            return false;
        }
        (self.renewed, self.answered) = (self.answered, true);
        memory.note_wanted(identity, &self.whom, wanted);
        true
    }
}

fn method(request: &Request) -> Result<Method, Failure> {
    let Some(method) = &request.options.method else { return Ok(Method::GET) };
    match Method::from_bytes(method.as_bytes()) {
        // CONNECT asks for a tunnel, not for a file.
        Ok(method) if method != Method::CONNECT => Ok(method),
        _ => Err(Failure::Request { reason: format!("{method:?} is no method to fetch a file by") }),
    }
}

/// The job's credentials for its proxy, else those written into the list.
fn proxy_credentials(identity: &Identity, proxy: Option<&Proxy>) -> Vec<(AuthScheme, Credentials)> {
    let own = proxy.and_then(|proxy| proxy.credentials.as_ref());
    match (identity.proxy_credentials.as_slice(), own) {
        ([], Some(own)) => [AuthScheme::Digest, AuthScheme::Basic].map(|scheme| (scheme, own.clone())).into(),
        (given, _) => given.to_vec(),
    }
}

/// A message with two ways to find its end must not be followed by another on its connection (faults A15).
fn may_be_reused(response: &http::Response<Incoming>) -> bool {
    let headers = response.headers();
    let two_ways = headers.contains_key(http::header::TRANSFER_ENCODING)
        && headers.contains_key(http::header::CONTENT_LENGTH);
    !two_ways && response.status() != StatusCode::SWITCHING_PROTOCOLS
}
