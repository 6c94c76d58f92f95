package adopt

import (
	"fmt"

	"github.com/communitybuilder/communitybuilder/internal/catalogue"
)

// tierKeyed are the tables in which a user could once have one tier of a
// community.
var tierKeyed = []string{"CommunityGroupAccess", "CommunityMemberSubscription"}

// pairKey returns the constraint or index by which a user has one row a community.
func pairKey(m *model, table string) (catalogue.Object, bool) {
	for _, o := range m.schema.Of(today(m, table), catalogue.Unique, catalogue.Index) {
		if o.Def == "UNIQUE (user_id, community_id)" || o.Def == "UNIQUE USING btree (user_id, community_id)" {
			return o, true
		}
	}
	return catalogue.Object{}, false
}

// widenTierKeys lets a user have several tiers of a community, each once. The new
// rule is there before the old one goes.
func (l *legacy) widenTierKeys() {
	const point = "community 0013"
	for _, table := range tierKeyed {
		old, ok := pairKey(l.model, table)
		if !ok {
			continue
		}
		l.wantedIndex(point, table, "UNIQUE USING btree (user_id, community_id, community_group_id)")
		drop := "DROP INDEX " + quoted(old.Name)
		if old.Kind == catalogue.Unique {
			drop = fmt.Sprintf("ALTER TABLE %s DROP CONSTRAINT %s", quoted(table), quoted(old.Name))
		}
		l.add(Step{
			Title: fmt.Sprintf("let a user have several tiers of a community in table %q", table),
			Point: point,
			SQL:   []string{drop},
			Locks: []Lock{{table, accessExclusive}},
		})
		l.drop(old.Key())
	}
}

// priceGroups turns the one fee of a group into a price in USD and drops it, in
// one transaction: as long as the fee is there, it is what counts. (A fee without
// is_free is no state of the platform, and stays: what it would mean is nowhere
// said.)
func (l *legacy) priceGroups() {
	const table = "CommunityGroup"
	if !l.hasColumn(table, "fee") || !l.hasColumn(table, "is_free") {
		return
	}
	// A negative fee is a price too. It breaks a rule, which the examination of
	// the rows reports.
	s := l.price("CommunityGroupPrice", "community_group_id", table, "fee", "is_free IS NOT TRUE AND fee <> 0")
	s.Title, s.Point = "write the fees of groups as prices in USD and drop the fees", "community 0014–0015"
	l.add(s)
}

// priceTiers does the same with the tiers of the platform itself, where 0 is a
// price as well.
func (l *legacy) priceTiers() {
	const table = "AppSubscriptionTier"
	if !l.hasColumn(table, "price") {
		return
	}
	s := l.price("AppSubscriptionTierPrice", "tier_id", table, "price", "price IS NOT NULL")
	s.Title, s.Point = "write the prices of the platform's tiers as prices in USD and drop the old ones", "app_subscription 0011–0014"
	l.add(s)
}

// price is a step that writes the amounts of a table's rows to its table of
// prices, as those in USD, and drops the column of the amounts.
func (l *legacy) price(prices, key, table, amount, where string) Step {
	s := Step{Locks: []Lock{{table, accessExclusive}}, Work: []Work{{Write, l.liveTable(table)}}}
	if l.hasTable(prices) {
		s.SQL = append(s.SQL, lock(prices, table))
		s.Locks = append(s.Locks, Lock{prices, accessExclusive})
	} else {
		s.SQL = append(s.SQL, append(l.create(prices), lock(table))...)
	}
	source := fmt.Sprintf("(SELECT id, %s AS amount FROM %s WHERE %s) t", amount, quoted(table), where)
	s.SQL = append(s.SQL,
		fmt.Sprintf(`UPDATE %s p SET amount = t.amount, updated_at = now() FROM %s WHERE p.%s = t.id AND p.currency = 'USD' AND p.amount <> t.amount`,
			quoted(prices), source, key),
		fmt.Sprintf(`INSERT INTO %[1]s (%[2]s, currency, amount, created_at, updated_at) `+
			`SELECT t.id, 'USD', t.amount, now(), now() FROM %[3]s `+
			`WHERE NOT EXISTS (SELECT FROM %[1]s p WHERE p.%[2]s = t.id AND p.currency = 'USD') ORDER BY t.id`,
			quoted(prices), key, source))
	s.SQL = append(s.SQL, alter(table, l.dropColumns(table, amount))...)
	return s
}

// dropFree drops is_free once the fee is written as a price: free is what has no
// price above 0.
func (l *legacy) dropFree() {
	const table = "CommunityGroup"
	if !l.hasColumn(table, "is_free") || l.hasColumn(table, "fee") {
		return
	}
	l.add(Step{
		Title: `drop column is_free of "CommunityGroup"`,
		Point: "community 0016",
		SQL:   alter(table, l.dropColumns(table, "is_free")),
		Locks: []Lock{{table, accessExclusive}},
	})
}

// cadences are the columns that say how often a group is paid for.
var cadences = []string{"is_monthly", "is_yearly", "is_lifetime"}

// flagCadence says of every group how often it is paid for, from its prices and
// is_recurring, which is dropped.
func (l *legacy) flagCadence() {
	const table, prices = "CommunityGroup", "CommunityGroupPrice"
	if !l.hasColumn(table, "is_recurring") || !l.hasTable(prices) {
		return
	}
	s := Step{
		Title: "say of every group how often it is paid for, and drop is_recurring",
		Point: "community 0017",
		Locks: []Lock{{prices, accessExclusive}, {table, accessExclusive}},
		Work:  []Work{{Write, l.liveTable(table)}},
	}
	s.SQL = append([]string{lock(prices, table)}, alter(table, l.addColumns(table, cadences...))...)
	s.SQL = append(s.SQL, `UPDATE "CommunityGroup" g `+
		`SET is_monthly = paid AND is_recurring IS TRUE, is_yearly = paid AND is_recurring IS NOT TRUE, is_lifetime = false `+
		`FROM (SELECT t.id, EXISTS (SELECT FROM "CommunityGroupPrice" p WHERE p.community_group_id = t.id AND p.amount > 0) AS paid FROM "CommunityGroup" t) t `+
		`WHERE t.id = g.id`)
	s.SQL = append(s.SQL, alter(table, l.dropColumns(table, "is_recurring"))...)
	l.add(s)
}
