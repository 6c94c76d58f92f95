package hook

import (
	"regexp"
	"time"
	_ "time/tzdata" // where the machine has no time zones, or old ones

	"entgo.io/ent"

	"github.com/communitybuilder/communitybuilder/internal/orm"
)

// KnownTimeZone refuses time zones of a series that aren't names of the IANA
// database.
func KnownTimeZone() ent.Hook {
	return hold(rule("MeetingSeries", "meetingseries_time_zone_known"), func(c *orm.Change) bool {
		name, _ := orm.NewValue[string](c, "time_zone")
		return knownTimeZone(name)
	})
}

// zoneName is the form of all names of the IANA database. A machine may have
// other files beside them, such as localtime and posix/Africa/Lagos.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9+_-]*(/[A-Z][A-Za-z0-9+_-]*)*$`)

func knownTimeZone(name string) bool {
	if name == "Local" || !zoneName.MatchString(name) { // Go's name for the machine's own zone
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// SequenceInSeries refuses an occurrence without a number, and a number of what
// is no occurrence.
func SequenceInSeries() ent.Hook {
	return hold(rule("Meeting", "meeting_sequence_in_series"), func(c *orm.Change) bool {
		return (c.New("series_id") == nil) == (c.New("series_sequence") == nil)
	})
}
