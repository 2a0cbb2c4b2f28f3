"""The tables of sessions.db, as far as `sessions_db` reads them: which columns have a home here, and which follow from others."""

from __future__ import annotations

from collections.abc import Mapping

NAME = "sessions-db"
MADE, MET = ("created_at", "first_seen", "updated_at", "last_seen"), ("first_seen", "last_seen")

KNOWN: Mapping[str, set[str]] = {
    "sessions": {"session_id", "user_id", "project_id", "created_at", "updated_at", "last_active_at", "status", "metadata_json"},
    "conversations": {"id", "session_id", "conversation_id", "title", "started_at", "ended_at", "message_count", "summary"},
    "messages": {
        "id", "conversation_id", "role", "content", "token_count", "created_at", "importance_score", "is_summarized", "original_content",
        "source_agent_id", "agent_id", "shared_with_agents", "handoff_id", "tier", "promotion_count", "tier_promoted_at",
        "reference_count", "last_referenced_at",
    },
    "agent_interactions": {
        "id", "conversation_id", "agent_type", "task_description", "result_summary", "input_tokens", "output_tokens", "cost_usd",
        "started_at", "completed_at", "status",
    },
    "routing_decisions": {
        "id", "conversation_id", "intent", "complexity", "confidence", "selected_workflow", "routing_method", "decided_at", "reasoning",
    },
    "cost_tracking": {"id", "session_id", "model", "input_tokens", "output_tokens", "cost_usd", "recorded_at"},
    "user_preferences": {"user_id", "preference_key", "preference_value", "updated_at"},
    "learned_patterns": {
        "id", "pattern_type", "pattern_key", "pattern_value", "occurrence_count", "confidence_score", "first_seen", "last_seen",
    },
    "session_handoffs": {"id", "from_session_id", "to_session_id", "summary", "context_preserved", "handoff_reason", "handoff_at"},
    "memory_metrics": {"id", "timestamp", "metric_name", "metric_value", "metric_unit", "session_id"},
    "entities": {
        "id", "type", "value", "confidence", "context", "metadata", "occurrence_count", "is_active", "is_global",
        "last_updated_by_agent", "version", "merge_count", *MADE,
    },
    "entity_attributes": {"id", "entity_id", "attribute_key", "attribute_value", *MADE},
    "entity_relationships": {"id", "from_entity_id", "to_entity_id", "relationship_type", "strength", *MADE},
    "agent_collaborations": {
        "id", "session_id", "workflow_id", "source_agent_id", "target_agent_id", "handoff_id", "handoff_context", "handoff_type", "status",
        "created_at", "handoff_timestamp", "applied_at",
    },
    "session_resume_checkpoints": {
        "id", "session_id", "checkpoint_id", "checkpoint_type", "type", "memory_snapshot", "entity_snapshot", "agents_involved",
        "resume_count", "last_resumed_at", "is_archived", "created_at", "checkpoint_timestamp",
    },
}  # fmt: skip
