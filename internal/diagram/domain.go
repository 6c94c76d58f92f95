package diagram

// A domain is a part of the graph that is understood by itself. An entity is in
// the domain of the schema file that it is declared in.
type domain struct {
	title string
	group *group
	files []string // of ent/schema, without .go
}

// A group is a row of domains in the overview.
type group struct {
	title, says string
	color       string
}

var (
	people    = &group{"People", "who they are, on the whole platform", "#2563eb"}
	community = &group{"Community", "where they meet, in tiers free or paid", "#c2410c"}
	rooms     = &group{"Rooms", "what a community offers, opened by its tiers", "#15803d"}
	together  = &group{"Together", "what its members do with each other, and say", "#7e22ce"}
	money     = &group{"Money", "what is paid, by whom, for what", "#a16207"}
)

// groups are in the order of the overview, from top to bottom.
var groups = []*group{people, community, rooms, together, money}

// domains are in the order of the page.
var domains = []domain{
	{"Accounts", people, []string{"user", "role"}},
	{"Profiles", people, []string{"user_profile", "user_address"}},
	{"Badges", people, []string{"badge"}},
	{"Tags", people, []string{"tag"}},
	{"Blog", people, []string{"blog_post"}},

	{"Communities", community, []string{"community"}},
	{"Members", community, []string{"community_member"}},
	{"Tiers", community, []string{"community_group"}},
	{"Community badges", community, []string{"community_badge"}},

	{"Classrooms", rooms, []string{"classroom", "classroom_content"}},
	{"Forums", rooms, []string{"forum", "post"}},
	{"Meetings", rooms, []string{"meeting"}},
	{"Meeting series", rooms, []string{"meeting_series"}},
	{"Quizzes", rooms, []string{"quiz", "quiz_submission", "quiz_generation_job"}},
	{"Polls", rooms, []string{"poll"}},
	{"Resources", rooms, []string{"resource"}},

	{"Savings circles", together, []string{"wheel", "wheel_handoff"}},
	{"Chat", together, []string{"conversation"}},
	{"Public feeds", together, []string{"public_feed"}},
	{"Community blogs", together, []string{"community_blog_post"}},
	{"Feedback", together, []string{"community_feedback"}},
	{"Leaving", together, []string{"community_leave_reason"}},
	{"Abuse reports", together, []string{"community_abuse_report"}},
	{"Telegram", together, []string{"community_telegram"}},

	{"Payments", money, []string{"payment_transaction"}},
	{"Member subscriptions", money, []string{"community_member_subscription"}},
	{"Platform subscriptions", money, []string{"app_subscription", "app_subscription_tier"}},
	{"Store", money, []string{"community_store", "store_product", "store_purchase"}},
	{"Payouts", money, []string{"payout"}},
	{"Storage", money, []string{"storage_usage"}},
}
