package conformance

var meetingRefusals = map[string]refusal{}

var meetingMaintenances = map[string]maintenance{}
