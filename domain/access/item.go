package access

import (
	"fmt"
	"maps"
	"slices"
)

// Kind says what sort of thing a community offers.
type Kind string

// The kinds that can be linked to tiers.
const (
	KindClassroom     Kind = "classroom"
	KindForum         Kind = "forum"
	KindResource      Kind = "resource"
	KindQuiz          Kind = "quiz"
	KindPoll          Kind = "poll"
	KindMeeting       Kind = "meeting"
	KindMeetingSeries Kind = "meeting_series"
)

// Kinds lists every kind, in alphabetical order.
func Kinds() []Kind { return slices.Sorted(maps.Keys(kinds)) }

// Item is one thing that a community offers: the entity that Kind says, by its id.
type Item struct {
	Kind Kind
	ID   int64
}

// String is the item for people, such as "classroom 7".
func (i Item) String() string { return fmt.Sprintf("%s %d", i.Kind, i.ID) }

// Classroom is the classroom with the given id.
func Classroom(id int64) Item { return Item{KindClassroom, id} }

// Forum is the forum with the given id.
func Forum(id int64) Item { return Item{KindForum, id} }

// Resource is the resource with the given id.
func Resource(id int64) Item { return Item{KindResource, id} }

// Quiz is the quiz with the given id.
func Quiz(id int64) Item { return Item{KindQuiz, id} }

// Poll is the poll with the given id.
func Poll(id int64) Item { return Item{KindPoll, id} }

// Meeting is the meeting with the given id.
func Meeting(id int64) Item { return Item{KindMeeting, id} }

// MeetingSeries is the meeting series with the given id.
func MeetingSeries(id int64) Item { return Item{KindMeetingSeries, id} }
