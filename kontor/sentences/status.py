"""The HTTP status of every code: pages and interface answer a refusal alike."""

from __future__ import annotations

from kontor.errors import Invalid, Refused

# What cannot be found is 404, what cannot be understood 400, what a rule forbids 403, 409 or 422.
_CODES = {
    400: """
        answer_too_large edition_not_used output_folder_missing output_is_device output_is_input output_not_csv
        outputs_coincide
        archive_altered archive_unreadable event_kind_malformed file_is_folder file_missing filter_unknown
        format_unknown importer_unknown instant_without_zone invalid language_unknown nothing_to_withdraw
        parameter_malformed parameter_missing parameter_unknown period_range_reversed reason_missing reason_too_long
        reference_malformed request_malformed slug_malformed text_missing_in_language time_zone_unknown
        too_many withdrawal_unnamed
        """,
    403: "account_inactive form_outdated not_permitted",
    404: """
        account_unknown address_unknown capability_unknown city_unknown clause_unknown crosswalk_unknown
        definition_version_unknown indicator_unknown no_figures page_unknown period_unknown person_unknown
        release_unknown resolution_unknown series_unknown variable_unknown
        """,
    405: "method_not_allowed",
    409: """
        account_exists city_exists definition_changed figures_stay_withdrawn file_exists league_exists
        nothing_to_archive nothing_to_compact privacy_budget_exceeded privacy_release_known
        release_empty release_not_compacted resolution_exists submission_overtaken
        """,
    410: "figure_withdrawn release_archived",
    422: """
        area_not_in_edition city_not_a_member crosswalk_incomplete crosswalks_do_not_meet
        definition_unreadable definitions_missing effect_unknown ends_before_it_begins formula_syntax formula_too_deep
        formula_too_long formula_unknown_name input_units_differ layout_malformed mandate_needs_member_city
        alternative_alone anonymity_impossible anonymity_rule_out_of_range anonymity_without_columns
        cellkey_counts_only cellkey_secret_too_short contribution_negative holding_cyclic lattice_too_large leak_remains
        ledger_malformed local_among_public primary_rule_out_of_range privacy_contribution_exceeded
        privacy_counts_only privacy_epsilon
        ptable_impossible ptable_parameters rounding_base_too_small rounding_counts_only table_too_large
        real_and_invented_never_mix territory_changed unit_mismatch unit_sum_mismatch unit_unknown
        """,
    429: "too_many_requests",
    500: """
        compaction_altered compaction_failed event_outside_transaction folder_unwritable privacy_extra_missing
        release_altered server_fault
        """,
}
STATUS = {code: status for status, codes in _CODES.items() for code in codes.split()}


def status_of(error: Refused | Invalid) -> int:
    """The HTTP status of a refusal; what the table does not name is a fault of ours."""
    return STATUS.get(error.code, 500)
