"""Makes policy statements whose truth is certain: sentences kept, harmlessly rewritten, or changed in one place."""
