package communitybuilder

import (
	"context"
	"database/sql/driver"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"

	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/internal/sqlstate"
	"github.com/communitybuilder/communitybuilder/internal/stmtcache"
)

func openPostgres(ctx context.Context, rawURL string, opts []Option) (*ent.Client, error) {
	o, err := postgresDefaults().apply(opts)
	if err != nil {
		return nil, err
	}
	cfg, err := postgresConfig(rawURL, o)
	if err != nil {
		return nil, err
	}
	return open(ctx, postgresConnector(cfg, o), target{dialect: dialect.Postgres, name: postgresTarget(cfg)}, o)
}

func postgresConnector(cfg pq.Config, o options) driver.Connector {
	connector := interruptible{cfg}
	switch {
	case o.transactionPooler:
		return asText{connector}
	case o.statementCache > 0:
		return stmtcache.New(connector, o.statementCache)
	default:
		return connector
	}
}

// postgresConfig reads the URL and adds what it leaves open.
func postgresConfig(rawURL string, o options) (pq.Config, error) {
	// Neither the text of this error nor of those below may be passed on
	// unseen: they quote pieces of the URL, also of a password with a stray
	// slash or percent sign.
	u, err := url.Parse(rawURL)
	if err != nil || u.Opaque != "" || !strings.HasPrefix(rawURL, u.Scheme+"://") || passwordAstray(u) {
		return pq.Config{}, &OpenError{Code: ErrURL, hint: "the URL can't be read: it has the form " +
			"postgres://user:password@host:5432/database?sslmode=require; characters such as / ? # @ : % in the user " +
			"or password are written %2F %3F %23 %40 %3A %25; a socket's directory is a parameter, " +
			"postgres:///database?host=/var/run/postgresql"}
	}
	cfg, err := pq.NewConfig(rawURL)
	if err != nil {
		return pq.Config{}, &OpenError{Code: ErrURL, Target: urlTarget(u), hint: withoutSecrets(err, u)}
	}
	if cfg.Database == "" {
		return pq.Config{}, &OpenError{Code: ErrURL, Target: urlTarget(u),
			hint: "the URL names no database: postgres://host/database"}
	}

	given := u.Query()
	if !given.Has("connect_timeout") && cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = o.connectTimeout
	}
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = o.applicationName
	}
	if o.transactionPooler {
		// Without this a statement with arguments takes two messages, and the
		// pooler is free to hand the second one to another server connection.
		cfg.BinaryParameters = true
		return cfg, nil
	}
	setting := func(name, value string) {
		for key := range cfg.Runtime {
			if strings.EqualFold(key, name) {
				return
			}
		}
		if !inOptions(cfg.Options, name) {
			cfg.Runtime[name] = value
		}
	}
	timeout := func(name string, d time.Duration) {
		if d > 0 {
			setting(name, strconv.FormatInt(max(1, d.Milliseconds()), 10))
		}
	}
	setting("timezone", "UTC")
	timeout("statement_timeout", o.statementTimeout)
	timeout("lock_timeout", o.lockTimeout)
	timeout("idle_in_transaction_session_timeout", o.idleInTransactionTimeout)
	return cfg, nil
}

// passwordAstray tells whether a character that isn't written as it should be
// has cut user and password in two: what follows it, up to the @, was taken for
// the name of the database or a parameter, and would be shown as such.
func passwordAstray(u *url.URL) bool {
	if u.Fragment != "" {
		return true
	}
	if u.User != nil {
		return false
	}
	for key := range u.Query() {
		if strings.Contains(key, "@") {
			return true
		}
	}
	return strings.Contains(u.EscapedPath(), "@")
}

// inOptions tells whether the parameter "options", -c name=value or
// --name=value, sets the variable. A variable set beside it would win over it.
func inOptions(options, name string) bool {
	options = strings.ReplaceAll(strings.ToLower(options), "-", "_")
	return strings.Contains(options, name+"=")
}

// withoutSecrets returns the text of lib/pq's error, unless it contains the
// password.
func withoutSecrets(err error, u *url.URL) string {
	text := err.Error()
	password, _ := u.User.Password()
	for _, secret := range append(u.Query()["password"], password) {
		if secret != "" && strings.Contains(text, secret) {
			return "a parameter of the URL has a value that it can't have"
		}
	}
	return text
}

// urlTarget names the database of a URL that can't be used.
func urlTarget(u *url.URL) string {
	return (&url.URL{Scheme: "postgres", User: userOnly(u.User.Username()), Host: u.Host, Path: u.Path}).String()
}

// postgresTarget names the database, without password or parameters.
func postgresTarget(cfg pq.Config) string {
	u := url.URL{Scheme: "postgres", User: userOnly(cfg.User), Path: "/" + cfg.Database}
	if strings.HasPrefix(cfg.Host, "/") || strings.HasPrefix(cfg.Host, "@") {
		u.RawQuery = "host=" + cfg.Host
		return u.String()
	}
	host := cfg.Host
	if cfg.Hostaddr.IsValid() {
		host = cfg.Hostaddr.String()
	}
	u.Host = net.JoinHostPort(host, strconv.Itoa(int(cfg.Port)))
	return u.String()
}

func userOnly(name string) *url.Userinfo {
	if name == "" {
		return nil
	}
	return url.User(name)
}

// SQLSTATE codes, https://www.postgresql.org/docs/current/errcodes-appendix.html.
const (
	insufficientPrivilege   = "42501"
	invalidCatalogName      = "3D000"
	tooManyConnections      = "53300"
	cannotConnectNow        = "57P03"
	protocolViolation       = "08P01"
	classInvalidAuth        = "28"
	undefinedStartupSetting = "42704"
	invalidParameterValue   = "22023"
)

func (t target) postgresError(err error) error {
	var dns *net.DNSError
	var timeout net.Error
	state := sqlstate.Of(err)
	switch {
	case strings.HasPrefix(state, classInvalidAuth):
		return t.fail(ErrAccessDenied, err, "check the user and the password in the URL, and the server's pg_hba.conf")
	case state == insufficientPrivilege:
		return t.fail(ErrAccessDenied, err, "the user needs the right to connect: GRANT CONNECT ON DATABASE … TO …")
	case state == invalidCatalogName:
		return t.fail(ErrNoDatabase, err, "make it with `createdb`, or correct the name in the URL")
	case state == tooManyConnections:
		return t.fail(ErrUnreachable, err, "the server has no connection left: lower WithMaxOpenConns or raise max_connections")
	case state == cannotConnectNow:
		return t.fail(ErrUnreachable, err, "the server is starting or stopping: try again")
	case state == invalidParameterValue:
		return t.fail(ErrURL, err, "the server refuses the value of a parameter in the URL")
	case state == protocolViolation, state == undefinedStartupSetting:
		return t.fail(ErrUnreachable, err, "the server refuses a parameter of the session: if it is a connection pooler, use WithTransactionPooler")
	case state != "":
		return t.fail(ErrUnreachable, err, "")
	case errors.Is(err, context.Canceled):
		return t.fail(ErrUnreachable, err, "the attempt was given up")
	case errors.Is(err, pq.ErrSSLNotSupported):
		return t.fail(ErrUnreachable, err, "the server has no TLS: put sslmode=disable into the URL if the network can be trusted")
	case errors.As(err, &dns):
		return t.fail(ErrUnreachable, err, "check the host in the URL")
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENOENT):
		return t.fail(ErrUnreachable, err, "no server listens there: is it running, and are host and port right?")
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return t.fail(ErrUnreachable, err, "the server doesn't answer: are host and port right, and is there a firewall?")
	default:
		return t.fail(ErrUnreachable, err, "")
	}
}
