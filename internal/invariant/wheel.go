package invariant

import "github.com/communitybuilder/communitybuilder/apierror"

var wheelRules = []*Rule{
	counted("Wheel", "max_members", "it caps a number of people"),
	counted("Wheel", "round_duration_days", "rounds follow one another"),
	Rule{
		Name: "wheelparticipant_order_from_one", Table: "WheelParticipant", Fields: []string{"order"},
		Code: apierror.InvalidValue, Says: "must be at least 1", Reason: "the position is the number of a round, from one",
	}.by(Check{Postgres: `("order" >= 1)`, SQLite: `"order" >= 1`}),
	counted("WheelParticipant", "order", "the platform's own check, beside the stricter one"),
	once("WheelParticipant", "wheelparticipant_wheel_id_order", apierror.PositionTaken,
		"two participants of a wheel have two positions", "a round has one recipient", "wheel_id", "order"),
	once("WheelParticipant", "wheelparticipant_wheel_id_user_id", apierror.AlreadyMember,
		"a user takes part in a wheel once", "everybody receives once", "wheel_id", "user_id"),

	Rule{
		Name: "wheelhandoff_not_to_self", Table: "WheelHandoff", Fields: []string{"to_participant_id", "from_participant_id"},
		Code: apierror.HandoffToSelf, Says: "must be somebody else than the giver",
		Reason: "in a round every other participant owes the recipient",
	}.by(Check{
		Postgres: "(from_participant_id <> to_participant_id)",
		SQLite:   "from_participant_id <> to_participant_id",
	}),
	once("WheelHandoff", "wheelhandoff_wheel_id_from_participant_id_to_participant_id", apierror.AlreadyExists,
		"a giver owes a recipient one contribution", "one contribution a pair", "wheel_id", "from_participant_id", "to_participant_id"),
	within("WheelHandoff", "wheelhandoff_giver_of_wheel", apierror.OtherWheel,
		"the giver must take part in the wheel", "contributions stay in their wheel",
		"from_participant_id", "wheel_id", "WheelParticipant"),
	within("WheelHandoff", "wheelhandoff_recipient_of_wheel", apierror.OtherWheel,
		"the recipient must take part in the wheel", "contributions stay in their wheel",
		"to_participant_id", "wheel_id", "WheelParticipant"),
}
