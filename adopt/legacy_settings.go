package adopt

import "fmt"

// splitTelegram gives every community its settings of Telegram, if they are not
// there at all, and parts what once was one bot's into that of the platform's and
// that of the community's own. A settings row that one community lacks is not
// made up for: today's services make theirs by themselves.
func (l *legacy) splitTelegram() {
	const table = "CommunityTelegram"
	if !l.hasTable(table) {
		l.add(Step{
			Title: fmt.Sprintf("create table %q with a row for every community", table),
			Point: "telegram 0001–0005",
			SQL:   append(l.create(table), rowForEveryCommunity(table)),
			Work:  []Work{{Scan, l.liveTable("Community")}},
		})
		return
	}
	// The blanks are those of Python's strip that can be typed.
	l.split("telegram 0003", "chat_id", `SET platform_chat_id = t.trimmed, private_bot_chat_id = t.trimmed `+
		`FROM (SELECT id, btrim(chat_id, E' \t\n\v\f\r') AS trimmed FROM "CommunityTelegram") t WHERE t.id = c.id AND t.trimmed <> ''`,
		"platform_chat_id", "private_bot_chat_id")
	l.split("telegram 0005", "is_enabled", `SET platform_is_enabled = is_enabled IS TRUE, private_is_enabled = is_enabled IS TRUE`,
		"platform_is_enabled", "private_is_enabled")
}

// split copies a column of CommunityTelegram to the two that have taken its place
// and drops it, in one transaction.
func (l *legacy) split(point, from, set string, into ...string) {
	const table = "CommunityTelegram"
	if !l.hasColumn(table, from) {
		return
	}
	s := Step{
		Title: fmt.Sprintf("part column %q of table %q into %q and %q", from, table, into[0], into[1]),
		Point: point,
		SQL:   append([]string{lock(table)}, alter(table, l.addColumns(table, into...))...),
		Locks: []Lock{{table, accessExclusive}},
		Work:  []Work{{Write, l.liveTable(table)}},
	}
	s.SQL = append(s.SQL, `UPDATE "CommunityTelegram" c `+set)
	s.SQL = append(s.SQL, alter(table, l.dropColumns(table, from))...)
	l.add(s)
}

// openStores gives every community its store, if there are none at all.
func (l *legacy) openStores() {
	const table = "CommunityStore"
	if l.hasTable(table) {
		return
	}
	l.add(Step{
		Title: fmt.Sprintf("create table %q with a row for every community", table),
		Point: "store 0001",
		SQL:   append(l.create(table), rowForEveryCommunity(table)),
		Work:  []Work{{Scan, l.liveTable("Community")}},
	})
}

// rowForEveryCommunity is a statement that fills a table of settings with their
// defaults.
func rowForEveryCommunity(table string) string {
	return fmt.Sprintf(`INSERT INTO %s (community_id, created_at, updated_at) SELECT id, now(), now() FROM "Community" ORDER BY id`,
		quoted(table))
}
