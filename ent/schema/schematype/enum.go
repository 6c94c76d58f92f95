// Package schematype holds the Go types of fields that several entities share.
// It imports nothing of ent, so that code which only handles values can use it.
package schematype

// PaymentGateway is the service that moves the money of a payment.
type PaymentGateway string

// The payment gateways.
const (
	Stripe   PaymentGateway = "stripe"
	Paystack PaymentGateway = "paystack"
)

// Values lists every gateway, for ent.
func (PaymentGateway) Values() []string { return []string{string(Stripe), string(Paystack)} }

// SubscriptionStatus is where a subscription stands.
type SubscriptionStatus string

// The states of a subscription.
const (
	SubscriptionPending   SubscriptionStatus = "pending"
	SubscriptionActive    SubscriptionStatus = "active"
	SubscriptionCancelled SubscriptionStatus = "cancelled"
	SubscriptionExpired   SubscriptionStatus = "expired"
)

// Values lists every state, for ent.
func (SubscriptionStatus) Values() []string {
	return []string{string(SubscriptionPending), string(SubscriptionActive), string(SubscriptionCancelled), string(SubscriptionExpired)}
}

// MediaType is the kind of an attached file that is shown inline.
type MediaType string

// The kinds of media.
const (
	Image MediaType = "image"
	Video MediaType = "video"
)

// Values lists every kind, for ent.
func (MediaType) Values() []string { return []string{string(Image), string(Video)} }
