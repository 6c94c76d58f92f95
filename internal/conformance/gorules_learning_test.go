package conformance

import "testing"

var learningRefusals = map[string]refusal{
	"pollvote_poll_is_active": func(t *testing.T, j judge) offence {
		closed := j.make(t, j.byTable["Poll"], map[string]any{"is_active": false})
		option := j.make(t, j.byTable["PollOption"], map[string]any{"poll_id": idOf(closed)})
		vote := j.make(t, j.byTable["PollVote"], nil)
		return offence{entity: j.byTable["PollVote"], row: vote, values: map[string]any{"poll_id": idOf(closed), "option_id": idOf(option)}}
	},
}

var learningMaintenances = map[string]maintenance{}
