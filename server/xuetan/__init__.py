"""Xuetan (雪炭): an offline-first learning companion for rural teachers."""
