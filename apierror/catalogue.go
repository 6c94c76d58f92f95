package apierror

import (
	"maps"
	"slices"
)

// What can be wrong with any row.
const (
	// Internal is for what the caller can do nothing about.
	Internal Code = "internal_error"
	// NotFound means that there is no such row, or none that the caller may see.
	NotFound Code = "not_found"
	// InvalidValue means that a value breaks a rule of its field.
	InvalidValue Code = "invalid_value"
	// MissingValue means that a field has no value but needs one.
	MissingValue Code = "missing_value"
	// InvalidReference means that a row refers to one that isn't there.
	InvalidReference Code = "invalid_reference"
	// AlreadyExists means that another row has what only one can have.
	AlreadyExists Code = "already_exists"
	// InvalidTransition means that a row can't get from the state it is in to the
	// one that was asked for, or can't begin in that one.
	InvalidTransition Code = "invalid_transition"
	// Forbidden means that the caller may see the row, but not write it so.
	Forbidden Code = "forbidden"
	// InUse means that a row can't be deleted while others refer to it.
	InUse Code = "in_use"
	// Contention means that others were changing the same rows, at every attempt:
	// nothing was written, and the same may work a moment later.
	Contention Code = "contention"
)

// Signing in.
const (
	// InvalidCredentials means that nobody can sign in with that address and
	// password: there is no such account, the password is another one or can't
	// be checked, or the account is inactive.
	InvalidCredentials Code = "invalid_credentials"
	// InvalidToken means that a token is unknown, used, replaced or expired, or
	// that its account is inactive.
	InvalidToken Code = "invalid_token"
	// InvalidCode means that a code is wrong, used, replaced or expired, or that
	// no change of address is pending. A new one has to be requested.
	InvalidCode Code = "invalid_code"
	// InvalidEmail means that a text is not an e-mail address, or too long.
	InvalidEmail Code = "invalid_email"
	// InvalidPassword means that a new password is empty.
	InvalidPassword Code = "invalid_password"
	// UserNotFound means that there is no active user with that id.
	UserNotFound Code = "user_not_found"
)

// What a community offers, and what it costs.
const (
	// NotSignedIn means that only somebody who has signed in may do that.
	NotSignedIn Code = "not_signed_in"
	// NotMember means that the user is no member of the community.
	NotMember Code = "not_member"
	// AwaitingApproval means that the user has applied for membership, and nobody
	// has approved it so far.
	AwaitingApproval Code = "awaiting_approval"
	// Blocked means that the user has been blocked in the community.
	Blocked Code = "blocked"
	// TierNeeded means that a member has access to none of the tiers that it takes.
	TierNeeded Code = "tier_needed"
	// InvalidKind means that a kind of item is none of those there are.
	InvalidKind Code = "invalid_kind"
	// TierNotFound means that there is no tier with that id.
	TierNotFound Code = "tier_not_found"
	// NoPrice means that a paid tier has no price that the gateway of the buyer's
	// country could charge.
	NoPrice Code = "no_price"
)

// Accounts, communities and what is in them.
const (
	// EmailTaken means that an account has the address, in whatever case.
	EmailTaken Code = "email_taken"
	// UsernameTaken means that an account has the user name.
	UsernameTaken Code = "username_taken"
	// AliasTaken means that a community has the alias.
	AliasTaken Code = "alias_taken"
	// SlugTaken means that another post or tag has the slug.
	SlugTaken Code = "slug_taken"
	// NameTaken means that the community has one of that name.
	NameTaken Code = "name_taken"
	// AlreadyMember means that the user has a membership of the community, or a
	// place in the conversation or wheel.
	AlreadyMember Code = "already_member"
	// OwnerExists means that the community has an owner.
	OwnerExists Code = "owner_exists"
	// AlreadyLiked means that the user has liked it.
	AlreadyLiked Code = "already_liked"
	// AlreadyRated means that the user has rated the community.
	AlreadyRated Code = "already_rated"
	// AlreadyAwarded means that the badge or certificate has been given.
	AlreadyAwarded Code = "already_awarded"
	// AlreadyCompleted means that the user has completed the content.
	AlreadyCompleted Code = "already_completed"
	// AlreadyVoted means that the user has voted in the poll.
	AlreadyVoted Code = "already_voted"
	// PollClosed means that the poll is not active and takes no votes.
	PollClosed Code = "poll_closed"
	// OtherPoll means that the option is one of another poll.
	OtherPoll Code = "other_poll"
	// OtherForum means that the parent is in another forum.
	OtherForum Code = "other_forum"
	// OtherCommunity means that rows of different communities were put together.
	OtherCommunity Code = "other_community"
	// DefaultRoleStays means that one of the two roles that always exist was to be
	// deleted or changed.
	DefaultRoleStays Code = "default_role_stays"
	// TownHallStays means that the forum town_hall was to be deleted or renamed,
	// which every community keeps.
	TownHallStays Code = "town_hall_stays"
	// RepliesClosed means that a post takes no replies.
	RepliesClosed Code = "replies_closed"
	// PostingRestricted means that only moderators and up of the community may
	// post there.
	PostingRestricted Code = "posting_restricted"
	// ContentInactive means that a content of a classroom is switched off.
	ContentInactive Code = "content_inactive"
	// NoAttemptsLeft means that the user has submitted to the quiz as often as it
	// allows.
	NoAttemptsLeft Code = "no_attempts_left"
	// InvalidCadence means that a tier is paid for in more than one rhythm, that a
	// paid tier has none, or that a free one has one.
	InvalidCadence Code = "invalid_cadence"
)

// Meetings.
const (
	// EndsBeforeStart means that something ends before, or when, it begins.
	EndsBeforeStart Code = "ends_before_start"
	// InvalidRecurrence means that what is said of a series' rhythm or end does
	// not go together.
	InvalidRecurrence Code = "invalid_recurrence"
)

// Conversations.
const (
	// NotParticipant means that the user takes no part in the conversation.
	NotParticipant Code = "not_participant"
	// NoRecipient means that nobody but the sender takes part in the conversation.
	NoRecipient Code = "no_recipient"
)

// Savings circles.
const (
	// WheelFull means that the wheel has all the participants that it takes.
	WheelFull Code = "wheel_full"
	// WheelClosed means that the wheel has started or ended, and its participants
	// stay as they are.
	WheelClosed Code = "wheel_closed"
	// WheelNotReady means that the wheel lacks participants to start with, or that
	// there are gaps between their positions.
	WheelNotReady Code = "wheel_not_ready"
	// WheelNotInProgress means that no contributions are owed in the wheel: it has
	// not started, or has ended, or they are not of its approved participants.
	WheelNotInProgress Code = "wheel_not_in_progress"
	// RoundOpen means that somebody has yet to contribute or to receive.
	RoundOpen Code = "round_open"
	// InvalidAcknowledger means that a contribution was to be acknowledged by its
	// giver, by nobody, or by somebody who is no approved participant.
	InvalidAcknowledger Code = "invalid_acknowledger"
	// AlreadyAcknowledged means that the contribution has been acknowledged.
	AlreadyAcknowledged Code = "already_acknowledged"
	// PositionTaken means that a participant has that position in the wheel.
	PositionTaken Code = "position_taken"
	// OtherWheel means that a participant is one of another wheel.
	OtherWheel Code = "other_wheel"
	// HandoffToSelf means that giver and recipient are the same.
	HandoffToSelf Code = "handoff_to_self"
)

// Payments, subscriptions and the store.
const (
	// AlreadySubscribed means that the user has a subscription or an access to
	// the tier.
	AlreadySubscribed Code = "already_subscribed"
	// AlreadyPurchased means that the buyer has completed a purchase of the
	// product.
	AlreadyPurchased Code = "already_purchased"
	// AlreadyRecorded means that the gateway's payment is in the ledger.
	AlreadyRecorded Code = "payment_already_recorded"
	// StorageFull means that the owner's files would take up more than the storage
	// limit of their platform tier.
	StorageFull Code = "storage_full"
	// PrimaryAccountExists means that the user has a primary payout account at
	// the gateway.
	PrimaryAccountExists Code = "primary_account_exists"
	// InvalidSubject means that a ledger row refers to what its type doesn't
	// allow.
	InvalidSubject Code = "invalid_payment_subject"
	// InvalidShares means that the shares of a payment don't add up.
	InvalidShares Code = "invalid_payment_shares"
)

const (
	badRequest     = 400
	unauthorized   = 401
	forbidden      = 403
	notFound       = 404
	conflict       = 409
	internalStatus = 500
	unavailable    = 503
)

type meaning struct {
	status int
	says   string
}

var meanings = map[Code]meaning{
	Internal:          {internalStatus, "internal error"},
	NotFound:          {notFound, "there is no such row, or none that may be seen"},
	InvalidValue:      {badRequest, "a value breaks a rule of its field"},
	MissingValue:      {badRequest, "a value is missing"},
	InvalidReference:  {badRequest, "what is referred to does not exist"},
	AlreadyExists:     {conflict, "another one has what only one can have"},
	InvalidTransition: {conflict, "the state does not follow on the one before"},
	Forbidden:         {forbidden, "this may not be done"},
	InUse:             {conflict, "it is still referred to"},
	Contention:        {unavailable, "others were changing the same at every attempt: try again"},

	InvalidCredentials: {unauthorized, "address or password is wrong"},
	InvalidToken:       {badRequest, "the token is not valid or no longer valid"},
	InvalidCode:        {badRequest, "the code is not valid or no longer valid: request a new one"},
	InvalidEmail:       {badRequest, "it is not an e-mail address"},
	InvalidPassword:    {badRequest, "the password must not be empty"},
	UserNotFound:       {notFound, "there is no such active user"},

	NotSignedIn:      {unauthorized, "somebody has to sign in first"},
	NotMember:        {forbidden, "the user is not a member of the community"},
	AwaitingApproval: {forbidden, "the user waits for being approved as a member"},
	Blocked:          {forbidden, "the user has been blocked in the community"},
	TierNeeded:       {forbidden, "one of its tiers is needed"},
	InvalidKind:      {badRequest, "there is no such kind of item"},
	TierNotFound:     {notFound, "there is no such tier"},
	NoPrice:          {conflict, "the tier is not for sale where the buyer pays"},

	EmailTaken:        {conflict, "there is an account with this e-mail address"},
	UsernameTaken:     {conflict, "there is an account with this user name"},
	AliasTaken:        {conflict, "there is a community with this alias"},
	SlugTaken:         {conflict, "the slug is taken"},
	NameTaken:         {conflict, "the community has one of this name"},
	AlreadyMember:     {conflict, "the user takes part already"},
	OwnerExists:       {conflict, "the community has an owner"},
	AlreadyLiked:      {conflict, "the user has liked it already"},
	AlreadyRated:      {conflict, "the user has rated the community already"},
	AlreadyAwarded:    {conflict, "it has been awarded already"},
	AlreadyCompleted:  {conflict, "the user has completed it already"},
	AlreadyVoted:      {conflict, "the user has voted in the poll already"},
	PollClosed:        {conflict, "the poll takes no votes"},
	OtherPoll:         {badRequest, "the option is one of another poll"},
	OtherForum:        {badRequest, "the parent is in another forum"},
	OtherCommunity:    {badRequest, "the two are of different communities"},
	DefaultRoleStays:  {conflict, "the role always exists"},
	TownHallStays:     {conflict, "the forum stays as long as its community"},
	RepliesClosed:     {conflict, "it takes no replies"},
	PostingRestricted: {forbidden, "only moderators and up may post there"},
	ContentInactive:   {conflict, "the content is switched off"},
	NoAttemptsLeft:    {conflict, "the user has no attempts at the quiz left"},
	InvalidCadence:    {badRequest, "the rhythm in which the tier is paid for does not fit its prices"},

	EndsBeforeStart:   {badRequest, "it ends before it starts"},
	InvalidRecurrence: {badRequest, "what is said of the recurrence does not go together"},

	NotParticipant: {forbidden, "the user takes no part in the conversation"},
	NoRecipient:    {conflict, "nobody else takes part in the conversation"},

	WheelFull:           {conflict, "the wheel has all the participants that it takes"},
	WheelClosed:         {conflict, "the wheel has started or ended, and its participants stay as they are"},
	WheelNotReady:       {conflict, "the wheel lacks participants, or there are gaps between their positions"},
	WheelNotInProgress:  {conflict, "no contributions are owed in the wheel"},
	RoundOpen:           {conflict, "somebody has yet to contribute or to receive"},
	InvalidAcknowledger: {badRequest, "an approved participant who is not the giver has to acknowledge it"},
	AlreadyAcknowledged: {conflict, "the contribution has been acknowledged already"},
	PositionTaken:       {conflict, "the position in the wheel is taken"},
	OtherWheel:          {badRequest, "the participant is one of another wheel"},
	HandoffToSelf:       {badRequest, "giver and recipient are the same"},

	AlreadySubscribed:    {conflict, "the user has the tier already"},
	AlreadyPurchased:     {conflict, "the buyer has bought the product already"},
	AlreadyRecorded:      {conflict, "the payment has been recorded already"},
	StorageFull:          {conflict, "the storage limit of the owner's tier is reached"},
	PrimaryAccountExists: {conflict, "the user has a primary account at the gateway"},
	InvalidSubject:       {badRequest, "the payment refers to what its type does not allow"},
	InvalidShares:        {badRequest, "the shares of the payment do not add up"},
}

// Codes returns the whole catalogue in alphabetical order.
func Codes() []Code { return slices.Sorted(maps.Keys(meanings)) }
