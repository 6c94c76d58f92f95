// Package schema is the graph of CommunityBuilder, written once: its entities,
// their fields, how they hang together and what the database holds them to.
// The typed client, the migrations and the diagrams follow from it.
//
// An entity is a type of its own with, in this order, a doc comment, Mixin,
// Annotations (its table), Fields, Edges and Indexes; it stands in the file of
// the aggregate it belongs to. The type's comment says what a row means, who
// may see it and what deletes it; a field or an edge is commented where its
// name leaves something to say, and an index names the query it serves. Adding
// an entity is writing such a type, giving the edges to it to its neighbours,
// and running
//
//	go generate ./...
//
// A deletion rule stands on the edge.To side of an edge.
//
// Some words are used throughout. A tier is a CommunityGroup. The members of a
// community are those whose membership is approved and not blocked. Moderators
// and up are moderators, co-owners and the owner; managers are co-owners and
// the owner; staff are those who work for the platform. What a tier opens,
// moderators and up see in any case; what belongs to an inactive community is
// for its managers; and staff see everything but private conversations and
// secrets. A row that goes with another is deleted together with it. The
// ledger is PaymentTransaction.
package schema
