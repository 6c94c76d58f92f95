package privacytest

import (
	"reflect"
	"strings"
	"testing"

	"github.com/communitybuilder/communitybuilder/internal/conformance"
)

// A secret is a column of a row that not everybody sees who sees the row.
type secret struct {
	row    string
	fields []string
	who    who
}

// secrets are the private columns, with a value in each of them.
var secrets = []secret{
	{"User", []string{"Email", "PendingEmail", "LastLogin"}, me},
	{"User", []string{
		"Password", "ResetPasswordToken", "EmailChangeCode", "TokenExpiresAt", "EmailChangeCodeExpiresAt",
	}, system},
	{"User, staff", []string{"IsStaff"}, staff},
	{"User, staff", []string{"VerificationToken"}, system},
	{"UserProfile", []string{"PhoneNumber", "DateOfBirth", "Gender"}, me},
	{"CommunityMember", []string{"ApprovedByID"}, me | moderators},
	{"CommunityMember, blocked", []string{"BlockedAt", "BlockedByID"}, blocked | moderators},
	{"ClassroomContent, locked", []string{"ContentURL", "Notes"}, moderators},
	{"ClassroomContent, unlocked", []string{"ContentURL", "Notes"}, self | moderators},
	{"ClassroomContent, last", []string{"ContentURL", "Notes"}, moderators},
	{"ClassroomContent", []string{"ContentURL", "Notes"}, gated},
	{"Quiz", []string{"QuizData"}, moderators},
	{"Meeting", []string{"MeetingURL"}, gated},
	{"Meeting, for all members", []string{"MeetingURL"}, members},
	{"Meeting, invited", []string{"MeetingURL"}, self | tierless | moderators},
	{"MeetingSeries", []string{"MeetingURL"}, gated},
	{"MeetingSeries, for all members", []string{"MeetingURL"}, members},
	{"MeetingSeries, invited", []string{"MeetingURL"}, self | tierless | moderators},
	{"WheelParticipant", []string{"PreferenceMessage"}, inWheel &^ moderator &^ coOwner &^ owner},
	{"WheelParticipant, pending", []string{"PreferenceMessage"}, tiered | staff},
	{"CommunityTelegram", []string{
		"Token", "PlatformLinkCode", "PrivateLinkCode", "PlatformLinkCodeExpires", "PrivateLinkCodeExpires",
	}, system},
	{"PayoutProfile", []string{"TaxID", "IdentityDocumentNumber"}, system},
	{"CommunityMemberSubscription", []string{"StripeCustomerID", "StripeSubscriptionID"}, me},
	{"StoreProduct, sold", []string{"FileURL", "Notes", "FileNoteURL"}, me | managers},
	{"StoreProduct", []string{"FileURL", "Notes", "FileNoteURL"}, managers},
	{"StorePurchase", []string{"StripeCheckoutSessionID", "StripeCustomerID", "StripePaymentIntentID"}, system},
}

// A private column is as if it were NULL for those who may not see it.
func TestPrivateColumns(t *testing.T) {
	conformance.Each(t, func(t *testing.T, db conformance.Database) {
		w := newWorld(t, db.Client)
		for _, s := range secrets {
			entity, _, _ := strings.Cut(s.row, ",")
			each(func(v who) {
				if v == none || !w.reads(t, s.row, v) {
					return // gets no row
				}
				out := method(db.Client, entity, "Get").Call(values(w.context(t, v), w.rows[s.row]))
				if err := last(out); err != nil {
					t.Errorf("%s, as %s: %v", s.row, names[v], err)
					return
				}
				for _, name := range s.fields {
					got := reflect.Indirect(out[0]).FieldByName(name)
					if seen := !got.IsZero(); seen != s.who.has(v) {
						t.Errorf("%s: %s, as %s: seen: %t, want %t", s.row, name, names[v], seen, s.who.has(v))
					}
				}
			})
		}
	})
}
