package adopt

import "github.com/communitybuilder/communitybuilder/internal/catalogue"

// A Position says how far a part of the database has come in the Python services'
// own history, by what its schema looks like.
type Position struct {
	// Part is the part of the platform, such as `community`.
	Part string `json:"part"`
	// At is the last migration of the part that the schema has, such as `0013`,
	// or `before 0003`; `0017` and its like of the other parts are today's. Of
	// migrations that were taken in part it says so: `0010, 0011 in part`.
	At string `json:"at"`
}

// positions returns where each part stands whose history has steps that do more
// than add something.
func positions(live catalogue.Schema) []Position {
	m := newModel(live)
	return []Position{
		{"community", communityAt(m)},
		{"app_subscription", subscriptionAt(m)},
		{"polls", either(m.hasColumn("Poll_payment_plans", "paymentplan_id"), "before 0003", "0003")},
		{"quiz", quizAt(m)},
		{"user_profile", either(marked(m), "before 0005", "0005")},
		{"telegram", telegramAt(m)},
		{"store", either(m.hasTable("CommunityStore"), "0001", "before 0001")},
		{"payments", either(m.hasColumn("PaymentTransaction", "creator_payout_account_id"), "0001", "before 0001")},
	}
}

func either(is bool, then, otherwise string) string {
	if is {
		return then
	}
	return otherwise
}

func communityAt(m *model) string {
	renamed, due := renamesOf(m, "community 0011")
	switch {
	case due > 0 && renamed > 0:
		return "0010, 0011 in part"
	case due > 0:
		return "0010"
	}
	for _, table := range tierKeyed {
		if _, ok := pairKey(m, table); ok {
			return "0011"
		}
	}
	switch {
	case m.hasColumn("CommunityGroup", "fee"):
		return either(m.hasTable("CommunityGroupPrice"), "0014", "0013")
	case m.hasColumn("CommunityGroup", "is_free"):
		return "0015"
	case m.hasColumn("CommunityGroup", "is_recurring"):
		return "0016"
	}
	return "0017"
}

func subscriptionAt(m *model) string {
	prices := ""
	switch {
	case !m.hasColumn("AppSubscriptionTier", "price"):
		prices = "0014"
	case m.hasTable("AppSubscriptionTierPrice"):
		prices = "0011"
	}
	_, due := renamesOf(m, "app_subscription 0003")
	switch {
	case due > 0 && prices != "":
		return "before 0003, and " + prices
	case due > 0:
		return "before 0003"
	case prices != "":
		return prices
	}
	return "0003"
}

func quizAt(m *model) string {
	renamed, due := renamesOf(m, "quiz 0004")
	column := columnRename{table: "SimpleQuiz_payment_plans", from: "quiz_id", to: "simplequiz_id"}
	kept, begun := retained(m), m.hasColumn(today(m, "SimpleQuizSubmission"), "community_id")
	at := "before 0003"
	switch {
	case kept && !column.due(m):
		at = "0003"
	case kept || !column.due(m) || begun:
		at = "before 0003, 0003 in part"
	}
	switch {
	case due == 0:
		return either(at == "0003", "0004", at+", and 0004")
	case renamed > 0:
		return at + ", 0004 in part"
	}
	return at
}

// marked tells whether addresses have marks in place of a type.
func marked(m *model) bool {
	return m.hasColumn("UserAddress", billing[0]) || m.hasColumn("UserAddress", billing[1])
}

func telegramAt(m *model) string {
	const table = "CommunityTelegram"
	switch {
	case !m.hasTable(table):
		return "before 0001"
	case m.hasColumn(table, "chat_id"):
		return "0001"
	case m.hasColumn(table, "is_enabled"):
		return "0003"
	}
	return "0005"
}

// renamesOf counts the names that a migration has given and those that are still
// to be given.
func renamesOf(m *model, point string) (renamed, due int) {
	count := func(isDue, isDone bool) {
		if isDue {
			due++
		} else if isDone {
			renamed++
		}
	}
	for _, r := range tableRenames {
		if r.point == point {
			count(r.due(m), m.hasTable(r.to))
		}
	}
	for _, r := range columnRenames {
		if r.point == point {
			count(r.due(m), m.hasColumn(today(m, r.table), r.to))
		}
	}
	return renamed, due
}
