package communitybuilder

import (
	"fmt"
	"math"
	"time"
)

// An Option changes one of the defaults of [Open], [OpenDB] or [OpenConnector].
//
// On PostgreSQL, what the URL says wins over an option, and an option over its
// default: whoever deploys a program has the last word. An option that has no
// meaning for the database at hand has no effect, so that one program can be
// pointed at PostgreSQL and at SQLite.
type Option func(*options)

type options struct {
	maxOpen, maxIdle         int
	maxLifetime, maxIdleTime time.Duration
	connectTimeout           time.Duration
	statementTimeout         time.Duration
	lockTimeout              time.Duration
	idleInTransactionTimeout time.Duration
	applicationName          string
	statementCache           int
	transactionPooler        bool
	withoutSchemaCheck       bool
}

// WithMaxOpenConns bounds the connections in use and idle together; 0 means no
// bound.
//
// The default is 20 on PostgreSQL: a server accepts 100 connections unless told
// otherwise, which leaves room for a few processes, and a server works fastest
// with a small multiple of its cores. On SQLite it is 8, which read side by
// side; writers take turns whatever their number.
func WithMaxOpenConns(n int) Option {
	return func(o *options) { o.maxOpen = n }
}

// WithMaxIdleConns bounds the connections that are kept open while nobody uses
// them.
//
// The default is as many as may be open at all: closing connections between
// two bursts would cost more than keeping them, since each has prepared its
// statements. WithConnMaxIdleTime closes them when a burst is over.
func WithMaxIdleConns(n int) Option {
	return func(o *options) { o.maxIdle = n }
}

// WithConnMaxLifetime closes a connection this long after it was opened, as
// soon as it is idle; 0 means never.
//
// The default is 30 minutes, after which a program has followed a server that
// moved to another address, and a server process has given back the memory it
// gathered. SQLite's connections live for ever by default.
func WithConnMaxLifetime(d time.Duration) Option { return func(o *options) { o.maxLifetime = d } }

// WithConnMaxIdleTime closes a connection that nobody used for this long; 0
// means never.
//
// The default is 5 minutes, less than most firewalls forget a silent connection
// in. SQLite's connections live for ever by default.
func WithConnMaxIdleTime(d time.Duration) Option { return func(o *options) { o.maxIdleTime = d } }

// WithConnectTimeout bounds the time that it takes to open a connection to
// PostgreSQL; 0 means no bound. In the URL: connect_timeout, in seconds.
//
// The default is 5 seconds: enough for a server in another region, short enough
// to notice that there is none.
func WithConnectTimeout(d time.Duration) Option { return func(o *options) { o.connectTimeout = d } }

// WithStatementTimeout has PostgreSQL end a statement that runs for longer; 0
// leaves that to the settings of the server, the database or the role. In the
// URL: statement_timeout, in milliseconds.
//
// The default is 30 seconds: whoever asked has given up by then.
func WithStatementTimeout(d time.Duration) Option {
	return func(o *options) { o.statementTimeout = d }
}

// WithLockTimeout has PostgreSQL end a statement that waits for a lock for
// longer; 0 leaves that to the settings of the server, the database or the role.
// In the URL: lock_timeout, in milliseconds. On SQLite it is the time that a
// writer waits for its turn, busy_timeout, where 0 doesn't wait.
//
// The default is 10 seconds, 5 on SQLite: long enough for a queue of ordinary
// transactions, shorter than the statement timeout, so that the error tells
// what was amiss.
func WithLockTimeout(d time.Duration) Option { return func(o *options) { o.lockTimeout = d } }

// WithIdleInTransactionTimeout has PostgreSQL end a connection whose transaction
// waits for its client for longer; 0 leaves that to the settings of the server,
// the database or the role. In the URL: idle_in_transaction_session_timeout, in
// milliseconds.
//
// The default is one minute: a transaction left open holds its locks and keeps
// the server from tidying up.
func WithIdleInTransactionTimeout(d time.Duration) Option {
	return func(o *options) { o.idleInTransactionTimeout = d }
}

// WithApplicationName sets the name that PostgreSQL shows for the connections in
// pg_stat_activity and in its log. In the URL: application_name.
//
// The default is "communitybuilder".
func WithApplicationName(name string) Option { return func(o *options) { o.applicationName = name } }

// WithStatementCache sets how many statements stay prepared on each connection
// to PostgreSQL; 0 prepares every statement anew.
//
// The default is 512, more than most programs have different ones. A prepared
// statement saves one of two round trips, and the planning, and takes memory of
// the server process.
func WithStatementCache(n int) Option { return func(o *options) { o.statementCache = n } }

// WithTransactionPooler is for a PostgreSQL behind a connection pooler that
// hands out server connections by transaction, such as PgBouncer with pool_mode
// = transaction, and can't keep prepared statements or startup parameters apart.
// Statements are then sent with their arguments in one message, nothing is
// prepared, and no session setting is sent but those in the URL: the timeouts
// and the time zone are those of the role (ALTER ROLE app SET statement_timeout
// = '30s'). Every statement is planned anew, which makes most of them slower.
//
// PgBouncer 1.21 and later keeps prepared statements apart (with
// max_prepared_statements). With it this option isn't needed, if the parameters
// that it doesn't know are put into its ignore_startup_parameters.
func WithTransactionPooler() Option { return func(o *options) { o.transactionPooler = true } }

// WithoutSchemaCheck opens a database whatever its schema is, and doesn't make
// one on SQLite: for programs that look at a database, or bring it up to date.
func WithoutSchemaCheck() Option { return func(o *options) { o.withoutSchemaCheck = true } }

// asManyAsOpen is a number of idle connections that database/sql lowers to that
// of open ones.
const asManyAsOpen = math.MaxInt32

func postgresDefaults() options {
	return options{
		maxOpen: 20, maxIdle: asManyAsOpen, maxLifetime: 30 * time.Minute, maxIdleTime: 5 * time.Minute,
		connectTimeout: 5 * time.Second, statementTimeout: 30 * time.Second,
		lockTimeout: 10 * time.Second, idleInTransactionTimeout: time.Minute,
		applicationName: "communitybuilder", statementCache: 512,
	}
}

func sqliteDefaults() options {
	return options{maxOpen: 8, maxIdle: asManyAsOpen, lockTimeout: 5 * time.Second}
}

// apply changes the defaults as the options say.
func (o options) apply(opts []Option) (options, error) {
	for _, opt := range opts {
		if opt != nil {
			opt(&o)
		}
	}
	for _, check := range []struct {
		option string
		value  int64
	}{
		{"WithMaxOpenConns", int64(o.maxOpen)},
		{"WithMaxIdleConns", int64(o.maxIdle)},
		{"WithConnMaxLifetime", int64(o.maxLifetime)},
		{"WithConnMaxIdleTime", int64(o.maxIdleTime)},
		{"WithConnectTimeout", int64(o.connectTimeout)},
		{"WithStatementTimeout", int64(o.statementTimeout)},
		{"WithLockTimeout", int64(o.lockTimeout)},
		{"WithIdleInTransactionTimeout", int64(o.idleInTransactionTimeout)},
		{"WithStatementCache", int64(o.statementCache)},
	} {
		if check.value < 0 {
			return o, &OpenError{Code: ErrOption, hint: fmt.Sprintf("%s must not be negative", check.option)}
		}
	}
	return o, nil
}
