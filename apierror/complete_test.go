package apierror_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	cb "github.com/communitybuilder/communitybuilder"
	"github.com/communitybuilder/communitybuilder/adopt"
	"github.com/communitybuilder/communitybuilder/apierror"
	"github.com/communitybuilder/communitybuilder/domain/access"
	"github.com/communitybuilder/communitybuilder/domain/account"
	"github.com/communitybuilder/communitybuilder/domain/pricing"
	"github.com/communitybuilder/communitybuilder/ent"
	"github.com/communitybuilder/communitybuilder/factory"
	"github.com/communitybuilder/communitybuilder/internal/conformance"
	"github.com/communitybuilder/communitybuilder/migrations"
	"github.com/communitybuilder/communitybuilder/viewer"
)

// Why an error has no code of its own, and is an internal one to those who are
// answered.
const (
	mistake   = "a mistake of the program"
	operator  = "it is for whoever runs the program"
	letsIn    = "it denies nothing"
	storedBad = "what is stored can't be read"
)

// An answer is what becomes of an error: its code, or the reason why it has none.
type answer struct {
	err  error
	code apierror.Code
	why  string
}

// answers are the exported errors of the module, by name, with examples of those
// that are types.
func answers(t *testing.T) map[string]answer {
	t.Helper()
	c, ctx := conformance.SQLite(t).Client, conformance.System(t)
	f := factory.New(c)
	forum := factory.Must(ctx, t, f.Forum)
	factory.Must(ctx, t, f.Forum)
	twice := c.Forum.Create().SetCommunityID(forum.CommunityID).SetName(forum.Name)
	_, missing := c.Forum.Get(ctx, 404)
	_, several := c.Forum.Query().Only(ctx)
	_, unasked := c.Forum.Get(t.Context(), forum.ID)
	passerBy := viewer.NewContext(t.Context(), viewer.Anonymous())
	forbidden := c.Community.UpdateOneID(forum.CommunityID).SetName("theirs").Exec(passerBy)
	_, notLoaded := forum.Edges.CommunityOrErr()

	all := map[string]answer{
		"ent.ValidationError":  {err: c.Forum.Create().Exec(ctx), code: apierror.MissingValue},
		"ent.NotFoundError":    {err: missing, code: apierror.NotFound},
		"ent.ConstraintError":  {err: twice.Exec(ctx), code: apierror.NameTaken},
		"ent.NotSingularError": {err: several, why: mistake},
		"ent.NotLoadedError":   {err: notLoaded, why: mistake},
		"ent.ErrTxStarted":     {err: ent.ErrTxStarted, why: mistake},

		"account.Error":              {err: &account.Error{Code: account.ErrInvalidCode}, code: apierror.InvalidCode},
		"account.ErrCredentials":     {err: account.ErrCredentials, code: apierror.InvalidCredentials},
		"account.ErrInvalidToken":    {err: account.ErrInvalidToken, code: apierror.InvalidToken},
		"account.ErrInvalidCode":     {err: account.ErrInvalidCode, code: apierror.InvalidCode},
		"account.ErrInvalidEmail":    {err: account.ErrInvalidEmail, code: apierror.InvalidEmail},
		"account.ErrEmailTaken":      {err: account.ErrEmailTaken, code: apierror.EmailTaken},
		"account.ErrInvalidPassword": {err: account.ErrInvalidPassword, code: apierror.InvalidPassword},
		"account.ErrUserNotFound":    {err: account.ErrUserNotFound, code: apierror.UserNotFound},
		"account.ErrInTransaction":   {err: account.ErrInTransaction, why: mistake},
		"account.ErrHashMalformed":   {err: account.ErrHashMalformed, why: storedBad},
		"account.ErrHashAlgorithm":   {err: account.ErrHashAlgorithm, why: storedBad},
		"account.ErrHashIterations":  {err: account.ErrHashIterations, why: storedBad},

		"pricing.Error":           {err: &pricing.Error{Code: pricing.ErrNoPrice}, code: apierror.NoPrice},
		"pricing.ErrTierNotFound": {err: pricing.ErrTierNotFound, code: apierror.TierNotFound},
		"pricing.ErrNoPrice":      {err: pricing.ErrNoPrice, code: apierror.NoPrice},

		"access.DeniedError": {err: &access.DeniedError{Reason: access.NoTier}, code: apierror.TierNeeded},
		"access.ErrKind":     {err: access.ErrKind, code: apierror.InvalidKind},

		"communitybuilder.OpenError":         {err: &cb.OpenError{Code: cb.ErrNoSchema}, why: operator},
		"communitybuilder.ErrTxContention":   {err: cb.ErrTxContention, code: apierror.Contention},
		"communitybuilder.ErrTxDoomed":       {err: cb.ErrTxDoomed, why: mistake},
		"communitybuilder.ErrRulesIsolation": {err: cb.ErrRulesIsolation, why: mistake},
		"communitybuilder.ErrTxIsolation":    {err: cb.ErrTxIsolation, why: mistake},
		"communitybuilder.ErrTxReadOnly":     {err: cb.ErrTxReadOnly, why: mistake},
		"communitybuilder.ErrTxClient":       {err: cb.ErrTxClient, why: mistake},
		"communitybuilder.ErrNoViewer":       {err: unasked, why: mistake},
		"communitybuilder.ErrForbidden":      {err: forbidden, code: apierror.Forbidden},

		"viewer.ErrNoViewer": {err: unasked, why: mistake},

		"factory.ErrNoTierLeft": {err: factory.ErrNoTierLeft, why: mistake},
		"factory.ErrNoPairLeft": {err: factory.ErrNoPairLeft, why: mistake},
	}
	for name, code := range map[string]cb.Code{
		"ErrURL": cb.ErrURL, "ErrOption": cb.ErrOption, "ErrUnreachable": cb.ErrUnreachable,
		"ErrAccessDenied": cb.ErrAccessDenied, "ErrNoDatabase": cb.ErrNoDatabase, "ErrNoSchema": cb.ErrNoSchema,
		"ErrForeignSchema": cb.ErrForeignSchema, "ErrSchemaOlder": cb.ErrSchemaOlder,
		"ErrSchemaNewer": cb.ErrSchemaNewer, "ErrSchema": cb.ErrSchema, "ErrForeignKeysOff": cb.ErrForeignKeysOff,
	} {
		all["communitybuilder."+name] = answer{err: code, why: operator}
	}
	for name, err := range map[string]error{
		"ErrChecksum": migrations.ErrChecksum, "ErrNoSchema": migrations.ErrNoSchema, "ErrUnmanaged": migrations.ErrUnmanaged,
		"ErrLocked": migrations.ErrLocked, "ErrLockLost": migrations.ErrLockLost, "ErrOneConnection": migrations.ErrOneConnection,
		"VersionError": &migrations.VersionError{}, "HalfAppliedError": &migrations.HalfAppliedError{},
		"ChangedError": &migrations.ChangedError{}, "OutOfOrderError": &migrations.OutOfOrderError{},
		"UnknownVersionError": &migrations.UnknownVersionError{}, "IrreversibleError": &migrations.IrreversibleError{},
		"LossError": &migrations.LossError{}, "ErrConcurrently": migrations.ErrConcurrently,
		"FileError": &migrations.FileError{Err: errors.New("syntax error")},
	} {
		all["migrations."+name] = answer{err: err, why: operator}
	}
	for name, err := range map[string]error{
		"ErrEmpty": adopt.ErrEmpty, "ErrManaged": adopt.ErrManaged, "ErrNoHistory": adopt.ErrNoHistory,
		"BrokenError": &adopt.BrokenError{}, "ImpossibleError": &adopt.ImpossibleError{}, "NotRenamedError": &adopt.NotRenamedError{},
	} {
		all["adopt."+name] = answer{err: err, why: operator}
	}
	for name, of := range map[string]struct {
		reason access.Reason
		code   apierror.Code
	}{
		"NotFound":          {access.NotFound, apierror.NotFound},
		"InactiveCommunity": {access.InactiveCommunity, apierror.NotFound},
		"NotPublished":      {access.NotPublished, apierror.NotFound},
		"Inactive":          {access.Inactive, apierror.NotFound},
		"Blocked":           {access.Blocked, apierror.Blocked},
		"Anonymous":         {access.Anonymous, apierror.NotSignedIn},
		"NotMember":         {access.NotMember, apierror.NotMember},
		"Applicant":         {access.Applicant, apierror.AwaitingApproval},
		"NoTier":            {access.NoTier, apierror.TierNeeded},
	} {
		all["access."+name] = answer{err: of.reason, code: of.code}
	}
	for name, reason := range map[string]access.Reason{
		"Moderator": access.Moderator, "Open": access.Open, "Tier": access.Tier,
		"Creator": access.Creator, "Invited": access.Invited, "Staff": access.Staff,
	} {
		all["access."+name] = answer{err: reason, why: letsIn}
	}
	return all
}

func TestEveryExportedErrorHasACodeOrAReasonForNone(t *testing.T) {
	known, exported := answers(t), exportedErrors(t)
	for _, name := range exported {
		if _, ok := known[name]; !ok {
			t.Errorf("%s has neither a code nor a reason for having none: give it one, and an entry here", name)
		}
	}
	codes := apierror.Codes()
	for _, name := range slices.Sorted(maps.Keys(known)) {
		want := known[name]
		if !slices.Contains(exported, name) {
			t.Errorf("%s is not exported any more", name)
		}
		if (want.why == "") != (want.code != "") {
			t.Errorf("%s has code %q and reason %q: want one of them", name, want.code, want.why)
		}
		if want.code == "" {
			want.code = apierror.Internal
		}
		got := apierror.From(want.err)
		if got == nil || got.Code != want.code || !slices.Contains(codes, want.code) {
			t.Errorf("%s is answered as %#v, want the code %s", name, got, want.code)
		}
		if want.why == "" && !errors.Is(want.err, want.code) {
			t.Errorf("errors.Is doesn't find %s in %s", want.code, name)
		}
	}
}
